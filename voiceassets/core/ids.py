"""Identifiers: UUIDv7 in the database, `prefix_` + 26 sortable characters everywhere outside."""

from __future__ import annotations

import secrets
import time
import uuid
from datetime import datetime
from itertools import product

from voiceassets.core.errors import NotFound

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH = 26
TRIPLES = tuple("".join(three) for three in product(ALPHABET, repeat=3))
SHIFTS = tuple(range(120, -1, -15))
VALUES = {character: value for value, character in enumerate(ALPHABET)}


def uuid7() -> uuid.UUID:
    """A time-ordered UUID (RFC 9562): 48 bits of milliseconds, then 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    random = secrets.randbits(74)
    value = (milliseconds << 80) | (0x7 << 76) | ((random >> 62) << 64)
    value |= (0b10 << 62) | (random & ((1 << 62) - 1))
    return uuid.UUID(int=value)


def earliest(at: datetime) -> uuid.UUID:
    """What no id that was made at `at` or later is below."""
    return uuid.UUID(int=max(0, int(at.timestamp() * 1000)) << 80)


def encode(prefix: str, value: uuid.UUID) -> str:
    return f"{prefix}_{spelled(value.int)}"


def spelled(number: int) -> str:
    """The 26 characters of a UUID's number, three at a time; the first of the first is none."""
    return "".join([TRIPLES[number >> shift & 0x7FFF] for shift in SHIFTS])[1:]


def decode(prefix: str, text: str) -> uuid.UUID:
    """The UUID inside `text`.

    Raises:
        NotFound: `text` is not an identifier with this prefix, so nothing can have it.
    """
    head, _, tail = text.rpartition("_")
    if head != prefix or len(tail) != LENGTH or not set(tail) <= VALUES.keys():
        raise NotFound(f"There is no {prefix} with this id.")
    number = 0
    for character in tail:
        number = (number << 5) | VALUES[character]
    if number >> 128:
        raise NotFound(f"There is no {prefix} with this id.")
    return uuid.UUID(int=number)
