"""The sound of a running synthesis, as its worker sends it: chunks on a Redis stream.

The worker adds `{c: PCM}` entries to `va:audio:<synthesis id>` and a last `{end: "ok"}`, or
`{end: <error code>}`. Redis is not the record: a reader that hears nothing asks the database.
"""

from __future__ import annotations

import logging
import struct
import time
from collections import deque
from collections.abc import Generator
from dataclasses import dataclass
from functools import cache
from typing import Any

import redis
from django.conf import settings

from voiceassets.provenance.label import FIELD

KEY = "va:audio:{synthesis_id}"
OK = "ok"
SAMPLE_RATE_HZ, CHANNELS, SAMPLE_BYTES = 32_000, 1, 2
RIFF = struct.Struct("<4sI")
UNKNOWN_LENGTH = 0xFFFFFFFF

log = logging.getLogger(__name__)


class StreamBroken(Exception):
    """There will be no more sound, and what was sent is not all."""


@dataclass(frozen=True, kw_only=True)
class Ended:
    """The last entry: `code` is "ok" or the reason why there is no more sound."""

    code: str


@cache
def _client() -> Any:
    return redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=2, socket_timeout=10)


class AudioStream:
    """One reader's place in a stream; it starts at the beginning."""

    def __init__(self, synthesis_id: str) -> None:
        self._key = KEY.format(synthesis_id=synthesis_id)
        self._last = b"0"
        self._read: deque[bytes | Ended] = deque()

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
            found = _client().xread({self._key: self._last}, block=block_ms)
        except redis.RedisError as error:
            log.warning("audio stream not read", extra={"reason": str(error)})
            time.sleep(wait_s)
            return
        for entry_id, fields in found[0][1] if found else []:
            self._last = entry_id
            end = fields.get(b"end")
            self._read.append(fields[b"c"] if end is None else Ended(code=end.decode()))


def wav_header(label: str) -> bytes:
    """The start of a WAV whose length nobody knows yet; its implicit label precedes the samples."""
    frame_bytes = CHANNELS * SAMPLE_BYTES
    form = struct.pack(
        "<HHIIHH",
        1,
        CHANNELS,
        SAMPLE_RATE_HZ,
        SAMPLE_RATE_HZ * frame_bytes,
        frame_bytes,
        SAMPLE_BYTES * 8,
    )
    spelled = label.encode()
    return (
        RIFF.pack(b"RIFF", UNKNOWN_LENGTH)
        + b"WAVE"
        + RIFF.pack(b"fmt ", len(form))
        + form
        + RIFF.pack(FIELD.encode(), len(spelled))
        + spelled
        + b"\0" * (len(spelled) % 2)
        + RIFF.pack(b"data", UNKNOWN_LENGTH)
    )
