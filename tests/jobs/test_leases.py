"""Claims, leases and epochs: one holder at a time, and only the holder's word counts."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.conf import LazySettings
from django.db import connection

from tests.factories import Cast
from voiceassets.audit.models import Event
from voiceassets.core.context import platform_scope
from voiceassets.jobs import leases, services, sweeper, wakeup
from voiceassets.jobs.kinds import JobKind
from voiceassets.jobs.leases import Lease, LeaseLost
from voiceassets.jobs.models import Job, JobAttempt, JobState

pytestmark = pytest.mark.django_db

WORKER = "host:1:1"


def submit(cast: Cast, *, kind: JobKind = JobKind.PREPARE) -> Job:
    with cast.alice.scope() as alice:
        return services.submit(
            alice,
            kind=kind,
            tenant_id=cast.alice.tenant.pk,
            subject_id=uuid.uuid4(),
        )


def claim(job: Job, *, worker: str = WORKER) -> Lease:
    lease = leases.claim(job.pk, worker=worker)
    assert lease is not None
    return lease


def now_is_after_the_lease(job: Job) -> None:
    """As if the holder had been silent for longer than its lease."""
    with platform_scope(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE jobs_job SET lease_until = now() - interval '1 second',"
            " wake_after = now() - interval '1 second' WHERE id = %s",
            [job.pk],
        )


def reread(job: Job) -> Job:
    with platform_scope():
        return Job.objects.get(pk=job.pk)


def outcomes(job: Job) -> list[str]:
    with platform_scope():
        return list(
            JobAttempt.objects.filter(job=job).order_by("epoch").values_list("outcome", flat=True)
        )


def actions(job: Job) -> list[str]:
    with platform_scope():
        return list(
            Event.objects.filter(object_id=job.public_id)
            .order_by("seq")
            .values_list("action", flat=True)
        )


def test_a_claim_is_a_lease_that_others_respect(cast: Cast) -> None:
    job = submit(cast)
    lease = claim(job)
    assert (lease.epoch, lease.attempt, lease.kind) == (1, 1, "prepare")
    assert lease.actor.tenant_id == cast.alice.tenant.pk
    assert leases.claim(job.pk, worker="other") is None
    held = reread(job)
    assert (held.state, held.lease_owner) == ("running", WORKER)
    assert held.lease_until is not None


def test_there_is_nothing_to_claim_in_a_job_that_does_not_exist() -> None:
    assert leases.claim(uuid.uuid4(), worker=WORKER) is None


def test_the_holder_finishes_once_and_that_is_on_record(cast: Cast) -> None:
    job = submit(cast)
    lease = claim(job)
    with cast.alice.scope():
        done = leases.succeed(lease, result={"made": "it"})
    assert (done.state, done.result, done.lease_until) == ("succeeded", {"made": "it"}, None)
    assert done.finished_at is not None
    with cast.alice.scope(), pytest.raises(LeaseLost):
        leases.fail(lease, code="late", message="Too late.")
    assert leases.claim(job.pk, worker="other") is None
    assert (actions(job), outcomes(job)) == (["job.succeeded"], ["succeeded"])


def test_a_failure_keeps_its_reason_and_the_log_its_code(cast: Cast) -> None:
    job = submit(cast)
    lease = claim(job)
    with cast.alice.scope():
        leases.fail(lease, code="bad_audio", message="There is no sound in it.")
    with cast.alice.scope():
        (event,) = Event.objects.filter(action="job.failed")
    assert event.data == {"kind": "prepare", "code": "bad_audio"}
    assert reread(job).error == {"code": "bad_audio", "message": "There is no sound in it."}


def test_a_lease_that_ran_out_goes_to_the_next_and_the_epoch_fences_the_first(cast: Cast) -> None:
    job = submit(cast)
    paused = claim(job)
    now_is_after_the_lease(job)
    second = claim(job, worker="other")
    assert (second.epoch, second.attempt) == (2, 2)
    with pytest.raises(LeaseLost):
        leases.keep(paused, stage="still here")
    ends: list[Callable[[], Job]] = [
        lambda: leases.succeed(paused, result={}),
        lambda: leases.fail(paused, code="x", message="x"),
        lambda: leases.stopped(paused),
        lambda: leases.lock(paused),
    ]
    for end in ends:
        with cast.alice.scope(), pytest.raises(LeaseLost):
            end()
    leases.release(paused)
    leases.retry(paused, after_s=0)
    held = reread(job)
    assert (held.state, held.epoch, held.lease_owner) == ("running", 2, "other")
    assert outcomes(job) == ["lease_lost", ""], "the first holder must not close the second's try"


def test_a_heartbeat_extends_the_lease_and_tells_how_far_it_is(cast: Cast) -> None:
    job = submit(cast)
    lease = claim(job)
    now_is_after_the_lease(job)
    assert leases.keep(lease, stage="training", done=3, total=9, eta_s=60) is False
    kept = reread(job)
    assert (kept.stage, kept.done, kept.total, kept.eta_s) == ("training", 3, 9, 60)
    assert leases.claim(job.pk, worker="other") is None


def test_a_silent_holder_that_wakes_in_time_keeps_its_job(cast: Cast) -> None:
    """Nobody claimed it meanwhile, so nothing was lost."""
    job = submit(cast)
    lease = claim(job)
    now_is_after_the_lease(job)
    with cast.alice.scope():
        assert leases.succeed(lease, result={}).state == "succeeded"


def test_a_shutdown_costs_no_attempt(cast: Cast) -> None:
    job = submit(cast)
    for _ in range(5):
        leases.release(claim(job))
    assert (reread(job).state, reread(job).attempts) == ("queued", 0)
    assert outcomes(job) == ["released"] * 5


def test_a_failure_that_may_pass_costs_an_attempt_and_waits(cast: Cast) -> None:
    job = submit(cast)
    leases.retry(claim(job), after_s=60)
    waiting = reread(job)
    assert (waiting.state, waiting.attempts, outcomes(job)) == ("queued", 1, ["error"])
    assert sweeper.sweep() == 0, "its time has not come"


def test_a_job_that_kills_its_worker_three_times_is_poison(cast: Cast) -> None:
    job = submit(cast)
    for attempt in (1, 2, 3):
        assert claim(job).attempt == attempt
        now_is_after_the_lease(job)
    assert leases.claim(job.pk, worker="fourth") is None
    dead = reread(job)
    assert (dead.state, dead.attempts) == ("failed", 3)
    assert dead.error is not None
    assert dead.error["code"] == "poison"
    assert outcomes(job) == ["lease_lost", "lease_lost", "poison"]
    assert actions(job) == ["job.failed"]


def test_the_last_attempt_is_not_given_up_while_it_runs(cast: Cast) -> None:
    job = submit(cast)
    for _ in (1, 2):
        claim(job)
        now_is_after_the_lease(job)
    lease = claim(job)
    leases.give_up(job.pk)
    with cast.alice.scope():
        assert leases.succeed(lease, result={}).state == "succeeded"


def test_a_third_failed_attempt_put_back_into_the_queue_does_not_wait_forever(cast: Cast) -> None:
    job = submit(cast)
    for _ in range(3):
        leases.retry(claim(job), after_s=-1)
    assert reread(job).state == "queued"
    sweeper.sweep()
    assert reread(job).state == "failed"
    assert actions(job) == ["job.failed"]


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_woken_for_one_job_exactly_one_gets_it(cast: Cast) -> None:
    job, start = submit(cast), Barrier(6)

    def race(worker: int) -> Lease | None:
        start.wait()
        try:
            return leases.claim(job.pk, worker=f"w{worker}")
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        got = [lease for lease in pool.map(race, range(6)) if lease is not None]
    assert [lease.epoch for lease in got] == [1]
    assert reread(job).attempts == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_holders_that_finish_at_once_only_the_last_epoch_does(cast: Cast) -> None:
    job = submit(cast)
    first = claim(job)
    now_is_after_the_lease(job)
    second, start = claim(job, worker="other"), Barrier(2)

    def finish(lease: Lease) -> bool:
        start.wait()
        try:
            with cast.alice.scope():
                leases.succeed(lease, result={"epoch": lease.epoch})
            return True
        except LeaseLost:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(finish, [first, second])) == [False, True]
    assert reread(job).result == {"epoch": 2}
    assert actions(job) == ["job.succeeded"]


def test_a_final_state_needs_its_time_in_the_database(cast: Cast) -> None:
    job = submit(cast)
    assert job.state == JobState.QUEUED
    with cast.alice.scope(), pytest.raises(Exception, match="jobs_finished_at_iff_final"):
        Job.objects.filter(pk=job.pk).update(state="succeeded")


def test_a_process_that_freezes_while_it_finishes_is_cut_off_after_a_lease(
    cast: Cast, settings: LazySettings
) -> None:
    settings.JOB_LEASE_S = 7
    lease = claim(submit(cast))
    with cast.alice.scope(), connection.cursor() as cursor:
        leases.lock(lease)
        cursor.execute("SHOW idle_in_transaction_session_timeout")
        assert cursor.fetchone() == ("7s",)


def test_an_interactive_job_that_lost_its_worker_is_offered_where_it_harms_nobody(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    woken: list[str] = []
    monkeypatch.setattr(wakeup, "send", lambda _job, queue: woken.append(queue))
    job = submit(cast, kind=JobKind.SYNTHESIZE)
    now_is_after_the_lease(job)
    for queues in (["interactive"], ["interactive", "batch"], ["batch"]):
        sweeper.sweep()
        assert woken == queues
        woken.clear()
        claim(job)
        now_is_after_the_lease(job)
