"""The errors a person or a program can act on; every door renders them the same way."""

from __future__ import annotations

from typing import Any


class DomainError(Exception):
    """A refusal with a stable `code` for machines, a `status` for HTTP, a sentence for people."""

    code = "error"
    status = 400

    def __init__(self, message: str, *, code: str | None = None, **data: Any) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or type(self).code
        self.data = data


class NotFound(DomainError):
    """It does not exist, or the actor may not know that it does."""

    code = "not_found"
    status = 404


class NotAllowed(DomainError):
    """The actor sees it but may not do this to it."""

    code = "not_allowed"
    status = 403


class Refused(NotAllowed):
    """A gate said no: consent or approval is missing. The door puts the refusal on record."""

    code = "refused"


class Unauthenticated(DomainError):
    code = "unauthenticated"
    status = 401


class Invalid(DomainError):
    """The request is understood and wrong; the message says what to send instead."""

    code = "invalid"
    status = 422


class Conflict(DomainError):
    """The thing is not in a state that allows this."""

    code = "conflict"
    status = 409


class Unavailable(DomainError):
    """Something the request needs is not running; trying again later may work."""

    code = "unavailable"
    status = 503


class StorageFull(Unavailable):
    """A disk has no room; somebody has to make some."""

    code = "storage_full"
