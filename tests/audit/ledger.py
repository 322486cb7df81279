"""A log to tamper with: events, seals and signed checkpoints in a folder of the test."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from psycopg2.extras import Json

from tests.factories import Cast
from voiceassets.audit import selectors
from voiceassets.audit.actions import Action
from voiceassets.audit.chain import SealHeader, leaf_hash, merkle_root
from voiceassets.audit.checkpoint import write_checkpoint
from voiceassets.audit.models import Event, Leaf, Seal
from voiceassets.audit.sealer import seal_pending
from voiceassets.audit.services import record
from voiceassets.audit.signing import signing_key
from voiceassets.audit.verification import Verification, verify
from voiceassets.core.context import platform_scope
from voiceassets.runtime.testing import PrivateServers


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """The log under test, and a superuser who can do what the application cannot."""

    cast: Cast
    servers: PrivateServers
    folder: Path
    key: Ed25519PublicKey = field(default_factory=lambda: signing_key().public_key())

    def write(self, count: int) -> list[int]:
        """`count` events of acme; returns their numbers."""
        acme = self.cast.alice.tenant
        with self.cast.alice.scope() as alice:
            written = [record(alice, Action.SPEAKER_UPDATED, acme, n=n).pk for n in range(count)]
            numbers = Event.objects.filter(pk__in=written).order_by("seq")
            return list(numbers.values_list("seq", flat=True))

    def seal(self, *, batch: int = 5000) -> int:
        return seal_pending(batch=batch)

    def seals(self) -> list[int]:
        return list(Seal.objects.order_by("number").values_list("number", flat=True))

    def seal_of(self, seq: int) -> int:
        return Leaf.objects.get(event_seq=seq).seal_id

    def checkpoint(self) -> Path:
        path = write_checkpoint()
        assert path is not None
        return path

    def verify(self) -> Verification:
        return verify(checkpoint_dir=self.folder, public_key=self.key)

    def kinds(self) -> set[str]:
        return {problem.kind for problem in self.verify().problems}

    def tamper(self, *statements: tuple[str, tuple[Any, ...]]) -> None:
        """Run SQL past every trigger and policy, as an intruder with the superuser's password."""
        with self.servers.superuser() as superuser, superuser.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            for sql, arguments in statements:
                cursor.execute(sql, arguments)

    def forge(self, first: int, last: int) -> None:
        """Recompute leaves and seals `first` to `last`, so that they agree with their events."""
        with platform_scope():
            seals = list(Seal.objects.order_by("number"))
            leaves = {
                seal.number: list(
                    Leaf.objects.filter(seal=seal)
                    .order_by("position")
                    .values_list("event_seq", flat=True)
                )
                for seal in seals
            }
            spelled = {
                seq: leaf_hash(leaf)
                for seq, leaf in selectors.leaves_of(
                    seq for numbers in leaves.values() for seq in numbers
                )
            }
        previous = bytes(seals[first - 2].hash) if first > 1 else bytes(32)
        for seal in seals[first - 1 : last]:
            hashes = [spelled[seq] for seq in leaves[seal.number]]
            header = SealHeader(
                number=seal.number,
                previous=previous,
                root=merkle_root(hashes),
                count=seal.count,
                total=seal.total,
                sealed_at=seal.sealed_at,
            )
            previous = header.hash
            self.tamper(
                *[
                    ("UPDATE audit_leaf SET hash = %s WHERE event_seq = %s", (hash_, seq))
                    for hash_, seq in zip(hashes, leaves[seal.number], strict=True)
                ],
                (
                    "UPDATE audit_seal SET previous = %s, root = %s, hash = %s WHERE number = %s",
                    (header.previous, header.root, header.hash, header.number),
                ),
            )

    def edit(self, seq: int) -> None:
        self.tamper(("UPDATE audit_event SET data = %s WHERE seq = %s", (Json({"n": -1}), seq)))
