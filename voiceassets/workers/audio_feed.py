"""Sends the sound of a running synthesis to whoever listens, chunk by chunk, through Redis."""

from __future__ import annotations

import logging
from functools import cache

import redis
from django.conf import settings

KEY = "va:audio:{synthesis_id}"
LIFETIME_S = 300
MAX_ENTRIES = 4096

log = logging.getLogger(__name__)


@cache
def _client() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=2, socket_timeout=5)


class AudioFeed:
    """One request's stream. Losing it costs the listener the sound, never the asset."""

    def __init__(self, synthesis_id: str) -> None:
        self._key = KEY.format(synthesis_id=synthesis_id)

    def send(self, pcm: bytes) -> None:
        """Add mono samples, 16-bit little-endian."""
        self._add({"c": pcm})

    def end(self, code: str = "ok") -> None:
        """Tell the listener that nothing follows, and why."""
        self._add({"end": code})

    def restart(self) -> None:
        """Drop what a killed attempt left, so that nobody hears a beginning twice."""
        try:
            _client().delete(self._key)
        except redis.RedisError as error:
            log.warning("audio feed not cleared", extra={"reason": str(error)})

    def _add(self, entry: dict[str, bytes | str]) -> None:
        try:
            pipe = _client().pipeline(transaction=False)
            pipe.xadd(self._key, entry, maxlen=MAX_ENTRIES)  # type: ignore[arg-type]
            pipe.expire(self._key, LIFETIME_S)
            pipe.execute()
        except redis.RedisError as error:
            log.warning("audio chunk not sent", extra={"reason": str(error)})
