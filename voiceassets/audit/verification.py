"""Proves the whole log: events against leaves, leaves against seals, seals against checkpoints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import connection

from voiceassets.audit import rows, selectors, tree
from voiceassets.audit.chain import GENESIS, merkle_root
from voiceassets.audit.checkpoint import checkpoints
from voiceassets.audit.handover import believed, handovers
from voiceassets.audit.models import Event, Seal
from voiceassets.audit.signing import Signed
from voiceassets.core import ids
from voiceassets.core.context import platform_scope

WINDOW = 20_000
LEAVES = f"""
SELECT l.seal_id, l.event_seq, l.hash, {rows.COLUMNS}
  FROM audit_leaf l LEFT JOIN audit_event e ON e.seq = l.event_seq
 WHERE l.seal_id BETWEEN %s AND %s ORDER BY l.seal_id, l.position
"""  # noqa: S608  (the columns are a constant)


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One place where the log is not what was sealed."""

    kind: str
    where: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Verification:
    events: int
    seals: int
    checkpoints: int
    waiting: int
    problems: tuple[Problem, ...]

    @property
    def ok(self) -> bool:
        return not self.problems


def verify(*, checkpoint_dir: Path, public_key: Ed25519PublicKey) -> Verification:
    """Read everything once and name every row, seal or checkpoint that does not agree."""
    problems: list[Problem] = []
    with platform_scope():
        signed = list(checkpoints(checkpoint_dir))  # before the seals: newer ones may follow
        named = [checkpoint.body.get("seal") for _, checkpoint in signed]
        heads = _Heads(wanted={number for number in named if isinstance(number, int)})
        problems += _verify_seals(heads)
        keys = believed(public_key, [statement for _, statement in handovers(checkpoint_dir)])
        for name, checkpoint in signed:
            problems += _verify_checkpoint(name, checkpoint.body, heads)
            problems += _verify_signature(name, checkpoint, keys)
        problems += _unsealed()
        problems += _deleted_while_waiting()
        waiting = _count("SELECT count(*) FROM audit_pending")
        return Verification(
            events=Event.objects.count(),
            seals=len(heads.hash_by_seal),
            checkpoints=len(signed),
            waiting=waiting,
            problems=tuple(problems),
        )


@dataclass(kw_only=True)
class _Heads:
    """What checkpoints vouch for: each seal's hash, and the tree's root where one is wanted."""

    wanted: set[int]
    hash_by_seal: dict[int, bytes] = field(default_factory=dict)
    root_by_size: dict[int, bytes] = field(default_factory=dict)
    _edge: dict[tuple[int, int], bytes] = field(default_factory=dict)

    def add(self, seal: Seal) -> None:
        self.hash_by_seal[seal.number] = bytes(seal.hash)
        if seal.number != len(self.hash_by_seal):
            return  # one is missing, which is told; no root can be compared from here on
        for level, index, digest in tree.grown(seal.number - 1, bytes(seal.hash), self._below):
            self._edge[level, index] = digest
        if seal.number in self.wanted:
            self.root_by_size[seal.number] = tree.root(
                seal.number, lambda level, index: self._edge[level, index]
            )

    def _below(self, level: int, index: int) -> bytes:
        """A left sibling; with it complete neither it nor its pair is needed again."""
        self._edge.pop((level, index + 1), None)
        return self._edge.pop((level, index))


def _verify_seals(heads: _Heads) -> Iterator[Problem]:
    previous, number, total = GENESIS, 0, 0
    for window in _windows():
        yield from _verify_leaves(window)
        for seal in window:
            where = f"seal {seal.number}"
            number, total = number + 1, total + seal.count
            if seal.number != number:
                yield Problem(
                    kind="seal_missing", where=where, message=f"seal {number} is missing before it"
                )
                number = seal.number
            header = selectors.header(seal)
            if header.hash != bytes(seal.hash):
                yield Problem(
                    kind="seal_edited", where=where, message="its hash is not its content's"
                )
            if header.previous != previous or header.total != total:
                yield Problem(
                    kind="chain_broken",
                    where=where,
                    message="it does not follow the seal before it",
                )
            total = header.total
            previous = bytes(seal.hash)
            heads.add(seal)


def _windows() -> Iterator[list[Seal]]:
    """All seals in order, as many at a time as hold about WINDOW events."""
    window: list[Seal] = []
    events = 0
    for seal in Seal.objects.order_by("number").iterator():
        window.append(seal)
        events += seal.count
        if events >= WINDOW or len(window) >= WINDOW:
            yield window
            window, events = [], 0
    if window:
        yield window


def _verify_leaves(window: list[Seal]) -> Iterator[Problem]:
    with connection.cursor() as cursor:
        cursor.execute(LEAVES, [window[0].number, window[-1].number])
        found = {
            number: list(leaves) for number, leaves in groupby(cursor.fetchall(), itemgetter(0))
        }
    for seal in window:
        leaves = found.get(seal.number, [])
        sealed = [bytes(leaf[2]) for leaf in leaves]
        if not sealed or merkle_root(sealed) != bytes(seal.root):
            yield Problem(
                kind="leaves_changed",
                where=f"seal {seal.number}",
                message="its list of events is not the one that was sealed",
            )
        for leaf, digest in zip(leaves, sealed, strict=True):
            event = leaf[3:]
            if event[0] is None:
                yield Problem(
                    kind="event_deleted",
                    where=f"event #{leaf[1]}",
                    message=f"sealed in {seal.number}, gone",
                )
            elif rows.leaf_hash(event) != digest:
                public_id = ids.encode(Event.PREFIX, UUID(event[5]))
                yield Problem(
                    kind="event_edited",
                    where=f"event #{leaf[1]} ({public_id})",
                    message=f"its content changed after seal {seal.number}",
                )


def _verify_checkpoint(name: str, body: dict[str, Any], heads: _Heads) -> Iterator[Problem]:
    number, root = body.get("seal"), body.get("root")
    known = heads.hash_by_seal.get(number) if isinstance(number, int) else None
    grown = heads.root_by_size.get(number, b"") if isinstance(number, int) else b""
    if known is None:
        yield Problem(
            kind="tail_cut", where=name, message=f"it vouches for seal {number}, which is gone"
        )
    elif known.hex() != body.get("hash") or (root is not None and root != grown.hex()):
        yield Problem(
            kind="history_rewritten", where=name, message=f"seal {number} is not the one it signed"
        )


def _verify_signature(
    name: str, checkpoint: Signed, keys: Mapping[str, int | None]
) -> Iterator[Problem]:
    """Whether a key that is believed about this part of the log has signed the checkpoint."""
    last = keys.get(checkpoint.key)
    if checkpoint.key not in keys:
        why = "it is signed by another key"
    elif not checkpoint.verify_itself():
        why = "its signature is wrong"
    elif last is not None and checkpoint.body.get("seal", 0) > last:
        why = f"its key was handed over after seal {last}"
    else:
        return
    yield Problem(kind="checkpoint_forged", where=name, message=why)


def _unsealed() -> Iterator[Problem]:
    """Events that neither a seal nor the waiting list knows were slipped in behind the trigger."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.seq FROM audit_event e"
            " LEFT JOIN audit_leaf l ON l.event_seq = e.seq"
            " LEFT JOIN audit_pending p ON p.event_seq = e.seq"
            " WHERE l.event_seq IS NULL AND p.event_seq IS NULL ORDER BY e.seq"
        )
        for (seq,) in cursor.fetchall():
            yield Problem(
                kind="event_inserted", where=f"event #{seq}", message="it was never to be sealed"
            )


def _deleted_while_waiting() -> Iterator[Problem]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.event_seq FROM audit_pending p"
            " LEFT JOIN audit_event e ON e.seq = p.event_seq"
            " WHERE e.seq IS NULL ORDER BY p.event_seq"
        )
        for (seq,) in cursor.fetchall():
            yield Problem(
                kind="event_deleted", where=f"event #{seq}", message="gone before it was sealed"
            )


def _count(sql: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        (count,) = cursor.fetchone()
    return int(count)
