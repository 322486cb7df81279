"""Copies the log's signed checkpoints to a bucket that nobody can change, the operator included.

The bucket locks what arrives: its Object Lock has a default retention. Which checkpoint was sent
last is noted beside them; losing the note only sends them again, and a key in use is left alone.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from django.conf import settings

from voiceassets.storage.backends import KeyTaken, backend_at

SENT = "sent"
AT_MOST = 500


def send_checkpoints() -> int:
    """Send those signed since the last call, oldest first; returns how many.

    Raises:
        Unavailable: the bucket does not answer; the next call goes on.
    """
    if not settings.AUDIT_CHECKPOINT_STORE:
        return 0
    store = backend_at(settings.AUDIT_CHECKPOINT_STORE)
    folder: Path = settings.AUDIT_CHECKPOINT_DIR
    note = folder / SENT
    last = note.read_text() if note.exists() else ""
    waiting = sorted(path for path in folder.glob("*.json") if path.name > last)[:AT_MOST]
    for path in waiting:
        with path.open("rb") as file, suppress(KeyTaken):
            store.put(path.name, file, content_type="application/json")
        note.write_text(path.name)
    return len(waiting)
