"""From a pending row to a kept or erased file, and what is left when somebody dies between."""

from __future__ import annotations

import io
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction
from django.test import TestCase

from tests.factories import Cast, make_file, make_live_file
from voiceassets.core.context import NoScope
from voiceassets.core.errors import Conflict, Unavailable
from voiceassets.core.states import IllegalTransition
from voiceassets.storage import services
from voiceassets.storage.backends import KeyTaken, backend
from voiceassets.storage.models import ObjectState, Purpose, StoredObject

LATER = timedelta(seconds=-1)  # inside a test's one transaction the database's clock stands still
commits = TestCase.captureOnCommitCallbacks


def stored_keys() -> set[str]:
    return set(backend().keys())


def state_of(cast: Cast, stored: StoredObject) -> str:
    with cast.alice.scope():
        return StoredObject.objects.get(pk=stored.pk).state


def test_a_file_becomes_live_with_its_measure(cast: Cast, tmp_path: Path) -> None:
    stored, written = make_file(cast.alice.tenant, b"evidence")
    assert state_of(cast, stored) == ObjectState.PENDING
    with cast.alice.scope():
        live = services.make_live(stored, written)
    assert (live.sha256, live.size_bytes) == (written.sha256, 8)
    assert services.fetch_to(live, tmp_path / "copy").read_bytes() == b"evidence"
    assert live.key in stored_keys()


def test_the_key_tells_nothing_but_the_tenant(cast: Cast) -> None:
    stored, _ = make_file(cast.alice.tenant)
    tenant, shard, name = stored.key.split("/")
    assert tenant == str(cast.alice.tenant.pk)
    assert name.startswith(shard)
    assert uuid.UUID(name).version == 4
    assert stored.pk.hex not in stored.key


def test_bytes_are_never_written_inside_a_transaction_scope(cast: Cast) -> None:
    with cast.alice.scope(), pytest.raises(RuntimeError, match="outside tenant_scope"):
        services.begin(cast.alice.tenant.pk, purpose=Purpose.OTHER, created_by="tests")
    stored, _ = make_file(cast.alice.tenant)
    with cast.alice.scope(), pytest.raises(RuntimeError, match="outside tenant_scope"):
        services.write(stored, io.BytesIO(b"x"), content_type="audio/wav")


def test_an_object_is_written_once(cast: Cast) -> None:
    stored, _ = make_file(cast.alice.tenant)
    with pytest.raises(KeyTaken):
        services.write(stored, io.BytesIO(b"again"), content_type="audio/wav")


def test_a_discarded_object_leaves_no_bytes_and_cannot_become_live(cast: Cast) -> None:
    stored, written = make_file(cast.alice.tenant)
    with commits(execute=True):
        services.discard(stored)
        services.discard(stored)
    assert stored.key not in stored_keys()
    with cast.alice.scope(), pytest.raises(IllegalTransition):
        services.make_live(stored, written)


def test_discarding_a_live_object_does_nothing(cast: Cast) -> None:
    stored = make_live_file(cast.alice.tenant, b"kept", purpose=Purpose.OTHER)
    with commits(execute=True):
        services.discard(stored)
    assert state_of(cast, stored) == ObjectState.LIVE
    assert stored.key in stored_keys()


def test_a_rolled_back_release_leaves_the_object_pending(cast: Cast) -> None:
    stored, written = make_file(cast.alice.tenant)
    with cast.alice.scope():
        services.make_live(stored, written)
        transaction.set_rollback(True)
    assert state_of(cast, stored) == ObjectState.PENDING


def test_a_writer_that_was_cut_off_and_comes_back_leaves_nothing(cast: Cast) -> None:
    job = uuid.uuid4()
    stored = services.begin(
        cast.alice.tenant.pk, purpose=Purpose.BUNDLE, created_by="tests", job_id=job
    )
    with commits(execute=True):
        assert services.discard_of_job(job) == 1  # the job's next attempt
    with pytest.raises(Conflict, match="discarded while it was being written"):
        services.write(stored, io.BytesIO(b"late"), content_type="audio/wav")
    assert stored.key not in stored_keys()


def test_bytes_that_arrive_after_the_first_deletion_are_purged_by_the_second(cast: Cast) -> None:
    stored = services.begin(cast.alice.tenant.pk, purpose=Purpose.BUNDLE, created_by="tests")
    with commits(execute=True):
        services.discard(stored)
    backend().put(stored.key, io.BytesIO(b"a zombie's"), content_type="audio/wav")
    assert services.purge_erased() == 0  # not due yet
    with cast.alice.scope():
        StoredObject.objects.filter(pk=stored.pk).update(purge_after="2020-01-01T00:00:00Z")
    assert services.purge_erased() == 1
    assert stored.key not in stored_keys()
    assert services.purge_erased() == 0


def test_the_sweep_removes_what_dead_processes_left_and_nothing_else(cast: Cast) -> None:
    live = make_live_file(cast.alice.tenant, b"kept", purpose=Purpose.OTHER)
    young, _ = make_file(cast.alice.tenant)
    assert services.sweep_pending() == 0
    begun = services.begin(cast.mallory.tenant.pk, purpose=Purpose.OTHER, created_by="tests")
    with commits(execute=True):
        assert services.sweep_pending(LATER) == 2
    assert state_of(cast, young) == ObjectState.ERASED
    with cast.mallory.scope():
        assert StoredObject.objects.get(pk=begun.pk).state == ObjectState.ERASED
    assert state_of(cast, live) == ObjectState.LIVE
    assert stored_keys() & {live.key, young.key, begun.key} == {live.key}


def test_a_failed_write_leaves_an_erased_row(cast: Cast, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        services.store_file(
            cast.alice.tenant.pk,
            tmp_path / "absent",
            purpose=Purpose.OTHER,
            content_type="audio/wav",
            created_by="tests",
        )
    with cast.alice.scope():
        assert list(StoredObject.objects.values_list("state", flat=True)) == [ObjectState.ERASED]


def test_erasing_takes_the_bytes_when_the_decision_commits(cast: Cast) -> None:
    stored = make_live_file(cast.alice.tenant, b"gone", purpose=Purpose.OTHER)
    with commits(execute=True), cast.alice.scope() as alice:
        erased = services.erase(alice, stored)
        assert stored.key in stored_keys()
    assert stored.key not in stored_keys()
    assert (erased.state, erased.erased_by) == (ObjectState.ERASED, cast.alice.actor.id)
    assert erased.erased_at is not None
    with cast.alice.scope() as alice, pytest.raises(IllegalTransition):
        services.erase(alice, stored)


def test_what_is_on_hold_cannot_be_erased_until_the_hold_is_lifted(cast: Cast) -> None:
    stored = make_live_file(cast.alice.tenant, b"evidence", purpose=Purpose.EVIDENCE)
    pending, _ = make_file(cast.alice.tenant)
    with cast.alice.scope() as alice:
        services.set_hold(stored, on=True)
        with pytest.raises(services.OnHold):
            services.erase(alice, stored)
        with pytest.raises(Conflict, match="Only a live file"):
            services.set_hold(pending, on=True)
        services.set_hold(stored, on=False)
        assert services.erase(alice, stored).state == ObjectState.ERASED


def test_damage_is_noticed_and_not_handed_on(cast: Cast, tmp_path: Path) -> None:
    stored = make_live_file(cast.alice.tenant, b"original", purpose=Purpose.OTHER)
    backend().delete(stored.key)
    with pytest.raises(Unavailable, match="not in the object store"):
        services.fetch_to(stored, tmp_path / "copy")
    backend().put(stored.key, io.BytesIO(b"tampered"), content_type="audio/wav")
    with pytest.raises(services.ObjectDamaged):
        services.fetch_to(stored, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_another_tenant_sees_nothing(cast: Cast) -> None:
    make_live_file(cast.alice.tenant, b"ours", purpose=Purpose.OTHER)
    with cast.mallory.scope():
        assert not StoredObject.objects.exists()
    with pytest.raises(NoScope):
        StoredObject.objects.count()


@pytest.mark.parametrize(
    ("before", "moves"),
    [("pending", {"live", "erased"}), ("live", {"erased"}), ("erased", set())],
)
def test_an_object_moves_only_as_written_here(cast: Cast, before: str, moves: set[str]) -> None:
    moved = set()
    for after in ("live", "erased"):  # no service leads back to pending
        stored, written = make_file(cast.alice.tenant)
        with cast.alice.scope() as alice:
            if before == ObjectState.LIVE:
                services.make_live(stored, written)
            elif before == ObjectState.ERASED:
                services.erase(alice, stored)
            try:
                if after == ObjectState.LIVE:
                    services.make_live(stored, written)
                else:
                    services.erase(alice, stored)
            except IllegalTransition:
                continue
            moved.add(after)
    assert moved == moves
    assert StoredObject.TRANSITIONS[before] == moves


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": "live"},
        {"state": "live", "sha256": "A" * 64, "size_bytes": 1},
        {"sha256": "a" * 64},
        {"state": "erased"},
        {"hold": True},
    ],
)
def test_the_database_refuses_an_object_that_contradicts_itself(
    cast: Cast, wrong: dict[str, object]
) -> None:
    stored, _ = make_file(cast.alice.tenant)
    with cast.alice.scope(), pytest.raises(IntegrityError), transaction.atomic():
        StoredObject.objects.filter(pk=stored.pk).update(**wrong)
