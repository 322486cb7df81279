"""A file on its way in: stored before the transaction that says what it is, gone if that fails."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from voiceassets.api.operations import Call
from voiceassets.storage import services as storage
from voiceassets.storage.backends import Written
from voiceassets.storage.models import Purpose, StoredObject

MEDIA_TYPE = re.compile(r"[a-z0-9.+-]{1,40}/[a-z0-9.+-]{1,59}")
UNKNOWN_TYPE = "application/octet-stream"


@contextmanager
def kept(
    call: Call, path: Path, *, purpose: Purpose, content_type: str
) -> Iterator[tuple[StoredObject, Written]]:
    """The stored file; open the scope that makes it live inside the block, not around it.

    When the block raises, neither the row nor the bytes remain.
    """
    stored = storage.store_file(
        call.tenant_id,
        path,
        purpose=purpose,
        content_type=content_type if MEDIA_TYPE.fullmatch(content_type) else UNKNOWN_TYPE,
        created_by=call.actor.id,
    )
    try:
        yield stored
    except BaseException:
        storage.discard(stored[0])
        raise
