"""Gives memory that was freed back to the system, where the C library would keep it."""

import ctypes


def give_back() -> None:
    """After something large was freed in parts, such as a model that was laid out anew.

    Only glibc keeps so much, and only glibc can be told; elsewhere this does nothing.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
