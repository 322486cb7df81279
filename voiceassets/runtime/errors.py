"""The one error of the embedded stack: something cannot start, and what to do about it."""


class StartError(Exception):
    """A part of the stack cannot be set up or started; the message tells a person what to do."""
