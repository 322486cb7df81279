"""The hashes of the log: leaves, Merkle roots and paths (RFC 6962), seals. Standard library."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

HASH_BYTES = 32
GENESIS = bytes(HASH_BYTES)
LEAF, NODE, SEAL = b"\x00", b"\x01", b"\x02"


def canonical(value: Any) -> bytes:
    """The one spelling of a JSON value that is hashed and signed."""
    spelled = json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return spelled.encode()


def timestamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def leaf_hash(event: dict[str, Any]) -> bytes:
    """SHA-256 of an event as `selectors.as_leaf` spells it."""
    return sha256(LEAF + canonical(event)).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(NODE + left + right).digest()


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """The root of RFC 6962 §2.1 over at least one leaf, level by level, an odd node moving up."""
    level = list(leaves)
    while len(level) > 1:
        paired = [
            sha256(NODE + left + right).digest()
            for left, right in zip(level[::2], level[1::2], strict=False)
        ]
        level = paired + level[len(level) - len(level) % 2 :]
    return level[0]


@dataclass(frozen=True, kw_only=True)
class Step:
    """A neighbour on the way from a leaf to the root."""

    side: str
    hash: bytes


def inclusion_path(leaves: Sequence[bytes], position: int) -> tuple[Step, ...]:
    """The neighbours that turn the leaf at `position` into `merkle_root(leaves)`."""
    path: list[Step] = []
    level = list(leaves)
    while len(level) > 1:
        neighbour = position ^ 1
        if neighbour < len(level):
            path.append(
                Step(side="left" if neighbour < position else "right", hash=level[neighbour])
            )
        paired = [node_hash(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        level = paired + level[len(level) - len(level) % 2 :]
        position //= 2
    return tuple(path)


def climb(leaf: bytes, path: Sequence[Step]) -> bytes:
    """The root that `leaf` and `path` lead to."""
    here = leaf
    for step in path:
        here = node_hash(step.hash, here) if step.side == "left" else node_hash(here, step.hash)
    return here


@dataclass(frozen=True, kw_only=True)
class SealHeader:
    """What a seal's hash covers; `previous` makes the seals a chain."""

    number: int
    previous: bytes
    root: bytes
    count: int
    total: int
    sealed_at: datetime

    def as_dict(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "previous": self.previous.hex(),
            "root": self.root.hex(),
            "count": self.count,
            "total": self.total,
            "sealed_at": timestamp(self.sealed_at),
        }

    @property
    def hash(self) -> bytes:
        return sha256(SEAL + canonical(self.as_dict())).digest()
