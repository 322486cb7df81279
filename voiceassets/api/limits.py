"""How many requests a key may send: a token bucket in Redis, told in every answer.

Headers follow draft-ietf-httpapi-ratelimit-headers-10. Without Redis each process keeps buckets of
its own, so that the limit gets looser and never disappears.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from functools import cache
from typing import Any

import redis
from django.conf import settings

from voiceassets.core.errors import DomainError

POLICY = "default"
PROBLEM_TYPE = "https://iana.org/assignments/http-problem-types#quota-exceeded"
KEY = "va:limit:{owner}"
MOST_LOCAL = 10_000

# Refills by the server's clock and takes one token if there is one; returns what is left.
TAKE = """
local now = redis.call('TIME')
local at = now[1] + now[2] / 1000000
local capacity, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local kept = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = tonumber(kept[1]) or capacity
tokens = math.min(capacity, tokens + (at - (tonumber(kept[2]) or at)) * capacity / window)
local taken = tokens >= 1
if taken then tokens = tokens - 1 end
redis.call('HSET', KEYS[1], 'tokens', tokens, 'at', at)
redis.call('EXPIRE', KEYS[1], math.ceil(window))
return {taken and 1 or 0, tostring(tokens)}
"""

log = logging.getLogger(__name__)


class TooManyRequests(DomainError):
    """The bucket is empty; `retry_after_s` says when the next token drops into it."""

    code = "rate_limited"
    status = 429

    def __init__(self, spent: Spent) -> None:
        super().__init__(
            f"You may send {spent.quota} requests in {spent.window_s} seconds; slow down, or ask "
            "for a higher limit."
        )
        self.spent = spent


@dataclass(frozen=True, kw_only=True)
class Spent:
    """What one request left in its bucket, of which `quota` tokens come back in `window_s`."""

    taken: bool
    tokens: float
    quota: int
    window_s: int

    @property
    def retry_after_s(self) -> int:
        return max(1, math.ceil((1 - self.tokens) * self.window_s / self.quota))

    def headers(self) -> dict[str, str]:
        full_in_s = math.ceil((self.quota - self.tokens) * self.window_s / self.quota)
        return {
            "RateLimit-Policy": f'"{POLICY}";q={self.quota};w={self.window_s}',
            "RateLimit": f'"{POLICY}";r={int(self.tokens)};t={full_in_s}',
        }


def spend(owner: str, *, known: bool = True) -> Spent:
    """Take one token of this owner's bucket; `taken` is False when there was none.

    Who is not `known` shows no key, and has a smaller bucket for the whole network.
    """
    quota = settings.API_RATE_QUOTA if known else settings.API_ANONYMOUS_QUOTA
    window_s = settings.API_RATE_WINDOW_S
    try:
        taken, tokens = _script()(keys=[KEY.format(owner=owner)], args=[quota, window_s])
    except redis.RedisError as error:
        log.warning("limits are kept by each process", extra={"reason": str(error)})
        taken, tokens = _local.take(owner, quota, window_s)
    return Spent(taken=bool(taken), tokens=float(tokens), quota=quota, window_s=window_s)


class LocalBuckets:
    """The same in this process's memory, for the owners seen last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, owner: str, quota: int, window_s: int) -> tuple[bool, float]:
        now = time.monotonic()
        with self._lock:
            tokens, at = self._kept.pop(owner, (float(quota), now))
            tokens = min(quota, tokens + (now - at) * quota / window_s)
            taken = tokens >= 1
            tokens -= taken
            self._kept[owner] = (tokens, now)
            if len(self._kept) > MOST_LOCAL:
                self._kept.popitem(last=False)
        return taken, tokens


_local = LocalBuckets()


@cache
def _script() -> Any:
    client = redis.Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=0.2, socket_timeout=0.2
    )
    return client.register_script(TAKE)
