"""A job's progress as server-sent events.

A feed ends after a minute, or with the job; the client comes back with `Last-Event-ID` and hears
only what changed since. The database is asked in short scopes and let go before every pause.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Generator
from typing import Any

from voiceassets.api.slots import give_back_connection

FEED_S = 60.0
PAUSE_S = 0.7
RETRY_MS = 1000
KEEP_ALIVE_S = 15.0

Snapshot = Callable[[], tuple[dict[str, Any], bool]]


def feed(
    snapshot: Snapshot, *, last_event_id: str, feed_s: float = FEED_S, pause_s: float = PAUSE_S
) -> Generator[bytes, None, None]:
    """Events `progress`, then `end` once `snapshot` says that it is final.

    `snapshot` opens and closes its own scope and returns what to send.
    """
    started = spoke = time.monotonic()
    yield f"retry: {RETRY_MS}\n\n".encode()
    while time.monotonic() - started < feed_s:
        data, final = snapshot()
        give_back_connection()
        spelled = json.dumps(data, sort_keys=True, separators=(",", ":"))
        event_id = hashlib.sha256(spelled.encode()).hexdigest()[:16]
        if event_id != last_event_id or final:
            kind = "end" if final else "progress"
            yield f"id: {event_id}\nevent: {kind}\ndata: {spelled}\n\n".encode()
            last_event_id, spoke = event_id, time.monotonic()
        if final:
            return
        if time.monotonic() - spoke > KEEP_ALIVE_S:
            yield b": still here\n\n"
            spoke = time.monotonic()
        time.sleep(pause_s)
