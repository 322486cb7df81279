"""Proves the whole log: events against leaves, leaves against seals, seals against checkpoints."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import connection

from voiceassets.audit import selectors
from voiceassets.audit.chain import GENESIS, leaf_hash, merkle_root
from voiceassets.audit.checkpoint import checkpoints
from voiceassets.audit.models import Event, Leaf, Seal
from voiceassets.audit.signing import public_pem
from voiceassets.core.context import platform_scope


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
        hash_by_seal: dict[int, bytes] = {}
        problems += _verify_seals(hash_by_seal)
        for name, checkpoint in signed:
            problems += _verify_checkpoint(name, checkpoint.body, hash_by_seal)
            if not checkpoint.verify(public_key):
                trusted = checkpoint.key == public_pem(public_key)
                problems.append(
                    Problem(
                        kind="checkpoint_forged",
                        where=name,
                        message="its signature is wrong"
                        if trusted
                        else "it is signed by another key",
                    )
                )
        problems += _unsealed()
        problems += _deleted_while_waiting()
        waiting = _count("SELECT count(*) FROM audit_pending")
        return Verification(
            events=Event.objects.count(),
            seals=len(hash_by_seal),
            checkpoints=len(signed),
            waiting=waiting,
            problems=tuple(problems),
        )


def _verify_seals(hash_by_seal: dict[int, bytes]) -> Iterator[Problem]:
    previous, number, total = GENESIS, 0, 0
    for seal in Seal.objects.order_by("number").iterator():
        where = f"seal {seal.number}"
        number, total = number + 1, total + seal.count
        if seal.number != number:
            yield Problem(
                kind="seal_missing", where=where, message=f"seal {number} is missing before it"
            )
            number = seal.number
        header = selectors.header(seal)
        if header.hash != bytes(seal.hash):
            yield Problem(kind="seal_edited", where=where, message="its hash is not its content's")
        if header.previous != previous or header.total != total:
            yield Problem(
                kind="chain_broken", where=where, message="it does not follow the seal before it"
            )
        total = header.total
        yield from _verify_leaves(seal)
        previous = bytes(seal.hash)
        hash_by_seal[seal.number] = previous


def _verify_leaves(seal: Seal) -> Iterator[Problem]:
    sealed = [
        (seq, bytes(hash_))
        for seq, hash_ in Leaf.objects.filter(seal=seal)
        .order_by("position")
        .values_list("event_seq", "hash")
    ]
    if not sealed or merkle_root([h for _, h in sealed]) != bytes(seal.root):
        yield Problem(
            kind="leaves_changed",
            where=f"seal {seal.number}",
            message="its list of events is not the one that was sealed",
        )
    found = dict(selectors.leaves_of(seq for seq, _ in sealed))
    for seq, hash_ in sealed:
        event = found.get(seq)
        if event is None:
            yield Problem(
                kind="event_deleted",
                where=f"event #{seq}",
                message=f"sealed in {seal.number}, gone",
            )
        elif leaf_hash(event) != hash_:
            yield Problem(
                kind="event_edited",
                where=f"event #{seq} ({event['id']})",
                message=f"its content changed after seal {seal.number}",
            )


def _verify_checkpoint(
    name: str, body: dict[str, object], hash_by_seal: dict[int, bytes]
) -> Iterator[Problem]:
    number = body.get("seal")
    known = hash_by_seal.get(number) if isinstance(number, int) else None
    if known is None:
        yield Problem(
            kind="tail_cut", where=name, message=f"it vouches for seal {number}, which is gone"
        )
    elif known.hex() != body.get("hash"):
        yield Problem(
            kind="history_rewritten", where=name, message=f"seal {number} is not the one it signed"
        )


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
