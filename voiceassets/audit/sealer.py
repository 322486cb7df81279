"""Seals batches of events into the chain."""

from __future__ import annotations

import io
from typing import Any

from django.db import connection
from django.utils import timezone

from voiceassets.audit import growth, rows
from voiceassets.audit.chain import GENESIS, SealHeader, merkle_root
from voiceassets.audit.models import Seal
from voiceassets.core.context import platform_scope

BATCH = 5000
ONE_SEALER = 7_216_001  # advisory lock: two sealers would fork the chain
# Event by event, by their numbers: a planner without fresh statistics would read the whole log for
# each batch. An event that was deleted while it waited has no row here.
OLDEST = f"""
SELECT e.* FROM audit_pending p
 CROSS JOIN LATERAL (
    SELECT {rows.COLUMNS} FROM audit_event e WHERE e.seq = p.event_seq OFFSET 0) e
 ORDER BY p.event_seq LIMIT %s
"""  # noqa: S608  (the columns are a constant)


def seal_pending(*, batch: int = BATCH) -> int:
    """Seal what is pending, oldest first; returns how many events were sealed."""
    sealed = 0
    while count := _seal_batch(batch):
        sealed += count
    return sealed


def _seal_batch(batch: int) -> int:
    """An event that was deleted while it waited stays pending: that is how verification sees it."""
    with platform_scope(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_SEALER])
        cursor.execute(OLDEST, [batch])
        hashes = [(row[0], rows.leaf_hash(row)) for row in cursor.fetchall()]
        if hashes:
            taken = [seq for seq, _ in hashes]
            cursor.execute("DELETE FROM audit_pending WHERE event_seq = ANY(%s)", [taken])
            _append(cursor, hashes)
        return len(hashes)


def _append(cursor: Any, hashes: list[tuple[int, bytes]]) -> None:
    last = Seal.objects.order_by("-number").first()
    header = SealHeader(
        number=last.number + 1 if last else 1,
        previous=bytes(last.hash) if last else GENESIS,
        root=merkle_root([h for _, h in hashes]),
        count=len(hashes),
        total=(last.total if last else 0) + len(hashes),
        sealed_at=timezone.now(),
    )
    Seal.objects.create(
        number=header.number,
        previous=header.previous,
        root=header.root,
        count=header.count,
        total=header.total,
        sealed_at=header.sealed_at,
        hash=header.hash,
    )
    leaves = "".join(
        f"{seq}\t{header.number}\t{position}\t\\\\x{digest.hex()}\n"
        for position, (seq, digest) in enumerate(hashes)
    )
    cursor.copy_expert(
        "COPY audit_leaf (event_seq, seal_id, position, hash) FROM STDIN", io.StringIO(leaves)
    )
    growth.grow()
