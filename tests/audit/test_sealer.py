"""The sealer takes every event exactly once, whoever else seals, whenever transactions commit."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from threading import Event as Flag

import pytest
from django.db import connection, transaction

from tests.audit.ledger import Ledger
from voiceassets.audit.actions import Action
from voiceassets.audit.models import Event, Leaf, Pending, Seal
from voiceassets.audit.sealer import seal_pending
from voiceassets.audit.services import record
from voiceassets.core.context import platform_scope, tenant_scope

pytestmark = pytest.mark.django_db(transaction=True)


def test_sealers_and_writers_at_once_leave_one_chain_with_every_event_once(ledger: Ledger) -> None:
    acme, actor = ledger.cast.alice.tenant, ledger.cast.alice.actor
    start, writing = Barrier(5), Flag()

    def write() -> int:
        start.wait()
        try:
            for n in range(25):
                with tenant_scope(acme.pk):
                    record(actor, Action.SPEAKER_UPDATED, acme, n=n)
            return 25
        finally:
            connection.close()

    def seal() -> int:
        start.wait()
        try:
            sealed = 0
            while not writing.is_set():
                sealed += seal_pending(batch=4)
            return sealed + seal_pending(batch=4)
        finally:
            connection.close()

    with ThreadPoolExecutor(5) as pool:
        writers = [pool.submit(write) for _ in range(2)]
        sealers = [pool.submit(seal) for _ in range(3)]
        assert [writer.result() for writer in writers] == [25, 25]
        writing.set()
        sealed = sum(sealer.result() for sealer in sealers)
    with platform_scope():
        events = Event.objects.count()
    assert sealed == events == Leaf.objects.count()
    assert not Pending.objects.exists()
    numbers = list(Seal.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))
    assert ledger.verify().ok


def test_an_event_that_commits_late_is_sealed_after_one_with_a_later_number(
    ledger: Ledger,
) -> None:
    """A reader that went by `seq > last` would lose it."""
    acme, actor = ledger.cast.alice.tenant, ledger.cast.alice.actor
    ledger.seal()
    recorded, finish = Flag(), Flag()

    def late() -> int:
        try:
            with tenant_scope(acme.pk):
                event = record(actor, Action.SPEAKER_UPDATED, acme, late=True)
                recorded.set()
                assert finish.wait(20)
            with tenant_scope(acme.pk):
                return Event.objects.get(pk=event.pk).seq
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(late)
        assert recorded.wait(20)
        (early,) = ledger.write(1)
        assert ledger.seal() == 1
        finish.set()
        seq = waiting.result()
    assert seq < early
    assert ledger.seal() == 1
    assert ledger.seal_of(seq) > ledger.seal_of(early)
    assert ledger.verify().ok


def test_what_is_rolled_back_is_neither_recorded_nor_sealed(ledger: Ledger) -> None:
    ledger.seal()
    with ledger.cast.alice.scope() as alice:
        record(alice, Action.SPEAKER_UPDATED, ledger.cast.alice.tenant)
        transaction.set_rollback(True)
    assert ledger.seal() == 0
    assert ledger.verify().ok


def test_a_batch_that_fails_leaves_its_events_waiting(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.write(3)
    waiting = Pending.objects.count()
    with monkeypatch.context() as broken:
        broken.setattr("voiceassets.audit.sealer.merkle_root", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            seal_pending()
    assert Pending.objects.count() == waiting
    assert ledger.seal() == waiting


@pytest.mark.parametrize("table", ["audit_event", "audit_seal", "audit_leaf"])
def test_the_application_cannot_change_or_remove_what_is_recorded(
    ledger: Ledger, table: str
) -> None:
    ledger.write(1)
    ledger.seal()
    column = {"audit_event": "action", "audit_seal": "count", "audit_leaf": "position"}[table]
    for statement in (
        f"UPDATE {table} SET {column} = {column}",
        f"DELETE FROM {table}",
        f"TRUNCATE {table} CASCADE",
    ):
        with (
            pytest.raises(Exception, match=r"append-only|permission denied"),
            platform_scope(),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
