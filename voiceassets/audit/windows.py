"""Reads seals, leaves and events for verification, a window at a time and one window ahead."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from django.db import connection

from voiceassets.audit import rows
from voiceassets.audit.chain import HASH_BYTES
from voiceassets.audit.models import Seal

# About so many events are in memory at a time, twice.
EVENTS = 5_000
# Of seals with few events, at most so many.
SEALS = 2_000
LEAVES = """
SELECT seal_id, array_agg(event_seq ORDER BY position), string_agg(hash, '' ORDER BY position),
       min(position), max(position)
  FROM audit_leaf WHERE seal_id BETWEEN %s AND %s GROUP BY seal_id
"""
# One by one, whatever the planner knows: it would join the whole log for each window.
LISTED = f"""
SELECT e.* FROM audit_leaf l
 CROSS JOIN LATERAL (
    SELECT {rows.COLUMNS} FROM audit_event e WHERE e.seq = l.event_seq OFFSET 0) e
 WHERE l.seal_id BETWEEN %s AND %s
"""  # noqa: S608  (the columns are a constant)


@dataclass(frozen=True, kw_only=True)
class Leaves:
    """The events of a seal in order, and the hashes they were sealed with."""

    seqs: list[int]
    hashes: list[bytes]
    in_order: bool


@dataclass(frozen=True, kw_only=True)
class Window:
    """Some seals in a row, their leaves by seal, and the events (`rows.COLUMNS`) by number."""

    seals: list[Seal]
    leaves: dict[int, Leaves]
    events: dict[int, tuple[Any, ...]]


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """A window whose events the database has found; nothing has been made of them yet."""

    seals: list[Seal]
    leaves: dict[int, Leaves]
    cursor: Any

    def read(self) -> Window:
        with self.cursor:
            events = {row[0]: row for row in self.cursor.fetchall()}
        return Window(seals=self.seals, leaves=self.leaves, events=events)


def windows(*, after: int) -> Iterator[Window]:
    """Everything sealed after the seal of that number.

    The database looks for the next window while whoever asked is busy with this one: with a core
    each, the slower of the two sets the pace.
    """
    with ThreadPoolExecutor(1) as asking:
        ahead = None
        for seals in _seals(after):
            following = asking.submit(_ask, connection.cursor(), seals)
            if ahead is not None:
                yield ahead.result().read()
            ahead = following
        if ahead is not None:
            yield ahead.result().read()


def _seals(after: int) -> Iterator[list[Seal]]:
    seals: list[Seal] = []
    events = 0
    for seal in Seal.objects.filter(number__gt=after).order_by("number").iterator():
        seals.append(seal)
        events += seal.count
        if events >= EVENTS or len(seals) >= SEALS:
            yield seals
            seals, events = [], 0
    if seals:
        yield seals


def _ask(cursor: Any, seals: list[Seal]) -> _Asked:
    window = [seals[0].number, seals[-1].number]
    cursor.execute(LEAVES, window)
    leaves = {number: _leaves(*found) for number, *found in cursor.fetchall()}
    cursor.execute(LISTED, window)
    return _Asked(seals=seals, leaves=leaves, cursor=cursor)


def _leaves(seqs: list[int], hashes: memoryview, first: int, last: int) -> Leaves:
    joined = bytes(hashes)
    cut = [joined[start : start + HASH_BYTES] for start in range(0, len(joined), HASH_BYTES)]
    return Leaves(seqs=seqs, hashes=cut, in_order=(first, last) == (0, len(seqs) - 1))
