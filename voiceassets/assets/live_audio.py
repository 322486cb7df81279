"""The sound of a running synthesis on its way to a listener: chunks on a Redis stream.

Entries are `{c: PCM, a: attempt}` and a last `{end: "ok"}`, or `{end: <error code>}`. Redis is not
the record: a reader that hears nothing asks the database.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Generator
from dataclasses import dataclass
from functools import cache
from typing import Any

import redis
from django.conf import settings

KEY = "va:audio:{synthesis_id}"
OK = "ok"
RESTARTED = "restarted"
LIFETIME_S = 300
MAX_ENTRIES = 4096

log = logging.getLogger(__name__)


@cache
def _client() -> Any:
    return redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=2, socket_timeout=10)


class AudioFeed:
    """What a worker sends. Losing it costs the listener the sound, never the asset."""

    def __init__(self, synthesis_id: str, *, attempt: int = 0) -> None:
        self._key = KEY.format(synthesis_id=synthesis_id)
        self._attempt = str(attempt)

    def send(self, pcm: bytes) -> None:
        """Add mono samples, 16-bit little-endian."""
        self._add({"c": pcm, "a": self._attempt})

    def end(self, code: str = OK) -> None:
        """Tell the listener that nothing follows, and why."""
        self._add({"end": code})

    def restart(self) -> None:
        """Drop what a killed attempt left: who comes now hears this one from its beginning."""
        try:
            # Trimmed and not deleted: a new stream could give an id that a reader has passed.
            _client().xtrim(self._key, maxlen=0, approximate=False)
        except redis.RedisError as error:
            log.warning("audio feed not cleared", extra={"reason": str(error)})

    def forget(self) -> None:
        """Remove every chunk, also from listeners that have not read them yet.

        Raises:
            redis.RedisError: the server cannot be reached.
        """
        _client().delete(self._key)

    def _add(self, entry: dict[str, bytes | str]) -> None:
        try:
            pipe = _client().pipeline(transaction=False)
            pipe.xadd(self._key, entry, maxlen=MAX_ENTRIES)
            pipe.expire(self._key, LIFETIME_S)
            pipe.execute()
        except redis.RedisError as error:
            log.warning("audio chunk not sent", extra={"reason": str(error)})


class StreamBroken(Exception):
    """There will be no more sound, and what was sent is not all."""


@dataclass(frozen=True, kw_only=True)
class Ended:
    """The last entry: `code` is "ok" or the reason why there is no more sound."""

    code: str


class AudioStream:
    """One reader's place in a stream; it starts at the beginning."""

    def __init__(self, synthesis_id: str) -> None:
        self._key = KEY.format(synthesis_id=synthesis_id)
        self._last = b"0"
        self._attempt: bytes | None = None
        self._read: deque[bytes | Ended] = deque()
        # By the monotonic clock, when an entry last came while this waited for it. The worker had
        # asked for the rights of it just before; what lay there already may have lost them.
        self.live_at_s = float("-inf")

    def next(self, *, wait_s: float) -> bytes | Ended | None:
        """The next entry, or None when none comes within `wait_s`."""
        if not self._read:
            self._fetch(wait_s)
        return self._read.popleft() if self._read else None

    def chunks(self, *, seconds: float) -> Generator[bytes, None, None]:
        """16-bit mono PCM until the end.

        Raises:
            StreamBroken: the worker gave up, or `seconds` have passed.
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            entry = self.next(wait_s=1.0)
            if isinstance(entry, bytes):
                yield entry
            elif entry is not None:
                if entry.code == OK:
                    return
                raise StreamBroken(entry.code)
        raise StreamBroken("timeout")

    def wait_for_end(self, *, seconds: float) -> None:
        """Return when the end comes, or after `seconds`."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            if isinstance(self.next(wait_s=left), Ended):
                return

    def put_back(self, entry: bytes | Ended) -> None:
        """Read `entry` again next."""
        self._read.appendleft(entry)

    def _fetch(self, wait_s: float) -> None:
        block_ms = max(1, int(wait_s * 1000))
        try:
            found = _client().xread({self._key: self._last})
            if not found:
                found = _client().xread({self._key: self._last}, block=block_ms)
                self.live_at_s = time.monotonic() if found else self.live_at_s
        except redis.RedisError as error:
            log.warning("audio stream not read", extra={"reason": str(error)})
            time.sleep(wait_s)
            return
        for entry_id, fields in found[0][1] if found else []:
            self._last = entry_id
            self._read.append(self._entry(fields))

    def _entry(self, fields: dict[bytes, bytes]) -> bytes | Ended:
        end = fields.get(b"end")
        if end is not None:
            return Ended(code=end.decode())
        attempt = fields.get(b"a", b"")
        if self._attempt not in {None, attempt}:
            return Ended(code=RESTARTED)  # the beginning again, after some of it was heard
        self._attempt = attempt
        return fields[b"c"]
