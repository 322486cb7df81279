"""Seals batches of events into the chain."""

from __future__ import annotations

from django.db import connection
from django.utils import timezone

from voiceassets.audit import selectors
from voiceassets.audit.chain import GENESIS, SealHeader, leaf_hash, merkle_root
from voiceassets.audit.models import Leaf, Seal
from voiceassets.core.context import platform_scope

BATCH = 5000
ONE_SEALER = 7_216_001  # advisory lock: two sealers would fork the chain


def seal_pending(*, batch: int = BATCH) -> int:
    """Seal what is pending, oldest first; returns how many events were sealed."""
    sealed = 0
    while count := _seal_batch(batch):
        sealed += count
    return sealed


def _seal_batch(batch: int) -> int:
    """An event that was deleted while it waited stays pending: that is how verification sees it."""
    with platform_scope():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_SEALER])
            cursor.execute(
                "DELETE FROM audit_pending WHERE event_seq IN"
                " (SELECT p.event_seq FROM audit_pending p"
                " JOIN audit_event e ON e.seq = p.event_seq"
                " ORDER BY p.event_seq LIMIT %s) RETURNING event_seq",
                [batch],
            )
            taken = sorted(seq for (seq,) in cursor.fetchall())
        if not taken:
            return 0
        hashes = [(seq, leaf_hash(event)) for seq, event in selectors.leaves_of(taken)]
        _append(hashes)
        return len(hashes)


def _append(hashes: list[tuple[int, bytes]]) -> None:
    last = Seal.objects.order_by("-number").first()
    header = SealHeader(
        number=last.number + 1 if last else 1,
        previous=bytes(last.hash) if last else GENESIS,
        root=merkle_root([h for _, h in hashes]),
        count=len(hashes),
        total=(last.total if last else 0) + len(hashes),
        sealed_at=timezone.now(),
    )
    seal = Seal.objects.create(
        number=header.number,
        previous=header.previous,
        root=header.root,
        count=header.count,
        total=header.total,
        sealed_at=header.sealed_at,
        hash=header.hash,
    )
    Leaf.objects.bulk_create(
        [
            Leaf(event_seq=seq, seal=seal, position=position, hash=hash_)
            for position, (seq, hash_) in enumerate(hashes)
        ],
        batch_size=1000,
    )
