"""Events lose what they say when their time is over; the log stays whole, and shows who cheats."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from pytest_django import Settings

from tests.audit.ledger import Ledger
from tests.audit.test_proofs import answer
from tests.factories import make_speaker
from voiceassets.audit import retention, verify
from voiceassets.audit.actions import Action
from voiceassets.audit.models import Event, Leaf
from voiceassets.audit.retired import FLOOR_DAYS
from voiceassets.audit.services import record
from voiceassets.audit.verification import verify as verify_log
from voiceassets.consent import holds
from voiceassets.workers import retiring

DAYS = 200

pytestmark = pytest.mark.django_db(transaction=True)

Ago = Callable[[int], AbstractContextManager[None]]


@pytest.fixture
def ago(monkeypatch: pytest.MonkeyPatch) -> Ago:
    """The clock of the sealer, so many days back."""
    now = timezone.now

    @contextmanager
    def turned_back(days: int) -> Any:
        with monkeypatch.context() as patched:
            patched.setattr(timezone, "now", lambda: now() - timedelta(days=days))
            yield

    return turned_back


@pytest.fixture
def old(ledger: Ledger, settings: Settings, ago: Ago) -> list[int]:
    """Five events of evidence that were sealed, and vouched for, long ago."""
    settings.AUDIT_RETENTION_DAYS = {"access": DAYS, "operations": DAYS, "evidence": DAYS}
    ledger.seal()
    with ago(DAYS + 1):
        numbers = ledger.write(5)
        ledger.seal()
        ledger.checkpoint()
    return numbers


def retired(ledger: Ledger) -> list[int]:
    with ledger.cast.alice.scope():
        rows = Event.objects.filter(retired_at__isnull=False).order_by("seq")
        return list(rows.values_list("seq", flat=True))


def retire(ledger: Ledger) -> list[int]:
    """One turn of the duty, sealed and vouched for; every event that is retired then."""
    retiring.retire_due()
    ledger.seal()
    ledger.checkpoint()
    return retired(ledger)


def test_an_old_event_loses_what_it_says_and_the_log_is_still_whole(
    ledger: Ledger, old: list[int]
) -> None:
    (young,) = ledger.write(1)
    assert retire(ledger) == old
    with ledger.cast.alice.scope():
        emptied = Event.objects.get(seq=old[0])
        said = (emptied.data, emptied.actor_id, emptied.object_id, emptied.request_id)
        assert said == ({}, "", "", "")
        assert (emptied.action, emptied.object_type) == ("speaker.updated", "tenant")
        assert Event.objects.get(seq=young).data == {"n": 0}
        told = Event.objects.get(action=Action.AUDIT_RETIRED)
    assert (told.data["events"], told.data["kept_for"]) == (old, "evidence")
    found = ledger.verify()
    assert (found.problems, found.retired) == ((), 5)
    again = verify_log(checkpoint_dir=ledger.folder, public_key=ledger.key, resume=True)
    assert again.ok
    assert again.resumed_after
    assert retire(ledger) == old, "nothing more is due"
    with ledger.cast.alice.scope():
        assert Event.objects.filter(action=Action.AUDIT_RETIRED).count() == 1


def test_a_retired_event_is_proved_and_exported_as_retired(
    ledger: Ledger, old: list[int], tmp_path: Path
) -> None:
    retire(ledger)
    with ledger.cast.alice.scope():
        name = Event.objects.get(seq=old[2]).public_id
    proof = answer(ledger, f"/v1/audit/{name}")
    assert "retired by retention" in verify.verify(proof, ledger.key, folder=tmp_path)
    proof["proof"]["leaf_hash"] = proof["proof"]["leaf_hash"][::-1]
    with pytest.raises(verify.Rejected, match="not in its seal"):
        verify.verify(proof, ledger.key, folder=tmp_path)
    call_command("export_audit", "acme", str(tmp_path), stdout=io.StringIO())
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    said = verify.verify(manifest, ledger.key, folder=tmp_path)
    assert said.endswith("; 5 of them were retired by retention")
    events = [json.loads(line) for line in (tmp_path / "events.jsonl").read_text().splitlines()]
    hashes = {event["seq"]: event["leaf_hash"] for event in events if "retired_at" in event}
    assert hashes == {seq: bytes(Leaf.objects.get(event_seq=seq).hash).hex() for seq in old}


EDITS = {
    "its leaf": ("UPDATE audit_leaf SET hash = sha256('x') WHERE event_seq = %s", "leaves_changed"),
    "its time": (
        "UPDATE audit_event SET occurred_at = occurred_at - interval '1 day' WHERE seq = %s",
        "event_edited",
    ),
    "its action": (
        "UPDATE audit_event SET action = 'speaker.created' WHERE seq = %s",
        "event_edited",
    ),
    "what it says": ("UPDATE audit_event SET actor_id = 'usr_x' WHERE seq = %s", "event_edited"),
    "that it is retired": (
        "UPDATE audit_event SET retired_at = NULL WHERE seq = %s",
        "event_edited",
    ),
    "that it is there": ("DELETE FROM audit_event WHERE seq = %s", "event_deleted"),
}


@pytest.mark.parametrize("what", EDITS)
def test_a_retired_event_is_not_changed_unseen(ledger: Ledger, old: list[int], what: str) -> None:
    retire(ledger)
    sql, kind = EDITS[what]
    ledger.tamper((sql, (old[1],)))
    assert kind in ledger.kinds()


def test_an_event_that_somebody_empties_without_a_record_is_missed(
    ledger: Ledger, old: list[int]
) -> None:
    retire(ledger)
    (young,) = ledger.write(1)
    ledger.seal()
    emptied = "UPDATE audit_event SET data = '{}', retired_at = now() WHERE seq = %s"
    ledger.tamper((emptied, (young,)))
    assert ledger.kinds() == {"event_erased"}
    with ledger.cast.alice.scope() as alice:
        left = retention.root_of_left([young]).hex()
        acme = ledger.cast.alice.tenant
        record(alice, Action.AUDIT_RETIRED, acme, events=[young], left=left)
    ledger.seal()
    assert ledger.kinds() == {"event_erased"}, "a record of it does not make it old"


def test_a_changed_event_is_kept_as_the_evidence_it_is(ledger: Ledger, old: list[int]) -> None:
    ledger.edit(old[3])
    assert retire(ledger) == [seq for seq in old if seq != old[3]]
    assert ledger.kinds() == {"event_edited"}


def test_nothing_goes_before_a_checkpoint_vouches_for_it(
    ledger: Ledger, old: list[int], ago: Ago
) -> None:
    with ago(DAYS + 1):
        uncovered = ledger.write(2)
        ledger.seal()
    retiring.retire_due()
    assert retired(ledger) == old
    ledger.seal()
    ledger.checkpoint()
    assert retire(ledger) == sorted([*old, *uncovered])


def test_a_legal_hold_keeps_the_log_of_its_company(ledger: Ledger, old: list[int]) -> None:
    speaker = make_speaker(ledger.cast.alice)
    with ledger.cast.alice.scope() as alice:
        hold = holds.place(alice, speaker=speaker, reason="A dispute.")
    assert retire(ledger) == []
    with ledger.cast.alice.scope() as alice:
        holds.lift(alice, hold=hold)
    assert retire(ledger) == old


def test_a_dry_run_counts_and_changes_nothing(ledger: Ledger, old: list[int]) -> None:
    said = io.StringIO()
    call_command("retire_audit", "--dry-run", stdout=said)
    assert said.getvalue().splitlines() == [
        "acme: 5 events of evidence would be retired, sealed more than 200 days ago",
        "rival: nothing is due",
    ]
    assert retired(ledger) == []
    call_command("retire_audit", stdout=said)
    assert retired(ledger) == old


@pytest.mark.parametrize("days", [None, 0, FLOOR_DAYS - 1])
def test_the_database_lets_go_of_nothing_that_is_young_or_waits(
    ledger: Ledger, ago: Ago, days: int | None
) -> None:
    ledger.seal()
    (seq,) = ledger.write(1)
    if days is not None:
        with ago(days) if days else nullcontext():
            ledger.seal()
    with (
        pytest.raises(DatabaseError, match="append-only"),
        ledger.cast.alice.scope(),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(retention.RETIRE, [[seq]])


def test_the_database_lets_a_retirement_change_nothing_else(ledger: Ledger, old: list[int]) -> None:
    more = retention.RETIRE.replace("data = '{}'", "data = '{}', action = 'speaker.created'")
    with (
        pytest.raises(DatabaseError, match="append-only"),
        ledger.cast.alice.scope(),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(more, [old])


def test_a_retention_below_the_floor_is_refused(settings: Settings) -> None:
    assert retention.check_retention() == []
    settings.AUDIT_RETENTION_DAYS = {"access": FLOOR_DAYS - 1, "operations": 0, "evidence": 3650}
    (error,) = retention.check_retention()
    assert error.id == "audit.E001"
    assert "AUDIT_RETENTION_ACCESS_DAYS" in (error.hint or "")


def test_every_action_belongs_to_a_class() -> None:
    assert {retention.class_of(action) for action in Action} == set(retention.EventClass)
