"""Identifiers: UUIDv7 in the database, `prefix_` + 26 sortable characters everywhere outside."""

from __future__ import annotations

import secrets
import time
import uuid

from voiceassets.core.errors import NotFound

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH = 26
VALUES = {character: value for value, character in enumerate(ALPHABET)}


def uuid7() -> uuid.UUID:
    """A time-ordered UUID (RFC 9562): 48 bits of milliseconds, then 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    random = secrets.randbits(74)
    value = (milliseconds << 80) | (0x7 << 76) | ((random >> 62) << 64)
    value |= (0b10 << 62) | (random & ((1 << 62) - 1))
    return uuid.UUID(int=value)


def encode(prefix: str, value: uuid.UUID) -> str:
    number, characters = value.int, []
    for _ in range(LENGTH):
        characters.append(ALPHABET[number & 31])
        number >>= 5
    return f"{prefix}_{''.join(reversed(characters))}"


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
