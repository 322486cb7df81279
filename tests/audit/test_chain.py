"""Hashes, Merkle roots and paths: against a second, recursive spelling of RFC 6962."""

from __future__ import annotations

import dataclasses
import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voiceassets.audit.chain import (
    GENESIS,
    SealHeader,
    Step,
    canonical,
    climb,
    inclusion_path,
    leaf_hash,
    merkle_root,
)

HASHES = st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=40)


def root_by_definition(leaves: list[bytes]) -> bytes:
    """RFC 6962 §2.1: split at the largest power of two below the count."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    left, right = root_by_definition(leaves[:split]), root_by_definition(leaves[split:])
    return hashlib.sha256(b"\x01" + left + right).digest()


@settings(deadline=None)
@given(HASHES)
def test_the_root_is_that_of_the_definition(leaves: list[bytes]) -> None:
    assert merkle_root(leaves) == root_by_definition(leaves)


@settings(deadline=None)
@given(HASHES, st.data())
def test_a_path_leads_from_its_leaf_to_the_root_and_from_no_other(
    leaves: list[bytes], data: st.DataObject
) -> None:
    position = data.draw(st.integers(0, len(leaves) - 1))
    path = inclusion_path(leaves, position)
    assert climb(leaves[position], path) == merkle_root(leaves)
    other = hashlib.sha256(leaves[position]).digest()
    assert climb(other, path) != merkle_root(leaves)


@settings(deadline=None)
@given(st.lists(st.binary(min_size=32, max_size=32), min_size=2, max_size=40), st.data())
def test_a_forged_path_leads_elsewhere(leaves: list[bytes], data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(leaves) - 1))
    path = list(inclusion_path(leaves, position))
    at = data.draw(st.integers(0, len(path) - 1))
    step = path[at]
    forgeries = [
        path[:at] + path[at + 1 :],
        [
            *path[:at],
            Step(side=step.side, hash=hashlib.sha256(step.hash).digest()),
            *path[at + 1 :],
        ],
        [*path, Step(side="left", hash=bytes(32))],
    ]
    for forged in forgeries:
        assert climb(leaves[position], forged) != merkle_root(leaves)


@settings(deadline=None)
@given(HASHES, st.data())
def test_any_change_of_the_list_changes_the_root(leaves: list[bytes], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(leaves) - 1))
    fresh = hashlib.sha256(b"fresh").digest()
    changed = [
        [*leaves[:at], fresh, *leaves[at:]],
        [*leaves[:at], hashlib.sha256(leaves[at]).digest(), *leaves[at + 1 :]],
    ]
    if len(leaves) > 1:
        changed.append(leaves[:at] + leaves[at + 1 :])
    assert merkle_root(leaves) not in [merkle_root(other) for other in changed]


def test_a_leaf_is_not_a_node() -> None:
    """Otherwise an inner node could be passed off as an event (RFC 6962 §2.1, prefixes)."""
    event = {"a": 1}
    assert leaf_hash(event) != hashlib.sha256(canonical(event)).digest()
    assert leaf_hash(event) == hashlib.sha256(b"\x00" + b'{"a":1}').digest()


def test_one_value_has_one_spelling() -> None:
    assert canonical({"b": [1, True, None], "a": "声"}) == '{"a":"声","b":[1,true,null]}'.encode()
    with pytest.raises(ValueError, match="Out of range"):
        canonical({"a": float("nan")})


@pytest.mark.parametrize(
    "change",
    [
        {"number": 4},
        {"previous": bytes([1]) + bytes(31)},
        {"root": bytes([1]) + bytes(31)},
        {"count": 8},
        {"total": 8},
        {"sealed_at": datetime(2026, 1, 1, tzinfo=UTC) + timedelta(microseconds=1)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_seals_hash_covers_every_field(change: dict[str, object]) -> None:
    header = SealHeader(
        number=3,
        previous=GENESIS,
        root=bytes(32),
        count=7,
        total=7,
        sealed_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    assert dataclasses.replace(header, **change).hash != header.hash  # type: ignore[arg-type]
