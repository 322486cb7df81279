"""Whether a failure came of a disk without room, and what people are told then."""

from __future__ import annotations

import shutil

from django.conf import settings

from voiceassets.core.errors import NotAllowed
from voiceassets.storage.files import NO_ROOM

# A decoder or a child process may fail for want of room and say something else.
LEAST_BYTES = 1024**2
# What PostgreSQL calls it.
DISK_FULL = "53100"

WORK = "The workers' disk is full; have the operator free some space there, then ask again."
DATABASE = "The database's disk is full; have the operator free some space there, then ask again."


def told(error: Exception) -> str:
    """What to say of the disk that `error` came of; "" when it came of none."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno in NO_ROOM:
            return WORK
        if getattr(cause, "pgcode", None) == DISK_FULL:
            return DATABASE
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, NotAllowed):  # a gate looks at no disk
        return ""
    return WORK if shutil.disk_usage(settings.WORK_DIR).free < LEAST_BYTES else ""
