"""Submitting, cancelling, sweeping and waking: what people and the clock do to jobs."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator

import pytest
from django.db import connection, transaction
from pytest_django import DjangoCaptureOnCommitCallbacks
from redis import Redis

from tests.factories import Cast
from tests.jobs.test_leases import actions, claim, now_is_after_the_lease, reread, submit
from voiceassets.audit.models import Event
from voiceassets.core.context import platform_scope
from voiceassets.core.errors import Conflict, NotAllowed
from voiceassets.jobs import leases, selectors, services, sweeper, wakeup
from voiceassets.jobs.kinds import QUEUE_OF, JobKind, Queue
from voiceassets.jobs.models import Job

pytestmark = pytest.mark.django_db


@pytest.fixture
def queues(broker: str) -> Redis:
    """The broker as it is, emptied."""
    redis = Redis.from_url(broker)
    redis.flushall()
    return redis


def overdue(job: Job) -> None:
    with platform_scope(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE jobs_job SET wake_after = now() - interval '1 second' WHERE id = %s", [job.pk]
        )


def waiting(queues: Redis, queue: Queue) -> list[str]:
    """The job ids of the messages in a queue."""
    messages = [json.loads(raw) for raw in queues.lrange(queue.value, 0, -1)]
    return [str(message["headers"]["argsrepr"]).strip("['], ") for message in messages]


@pytest.mark.parametrize("kind", list(JobKind))
def test_every_kind_has_a_queue(kind: JobKind) -> None:
    assert QUEUE_OF[kind] in Queue


def test_a_worker_is_woken_when_the_submission_commits(
    cast: Cast,
    queues: Redis,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        job = submit(cast)
        assert waiting(queues, Queue.CPU) == []
    assert waiting(queues, Queue.CPU) == [str(job.pk)]


def test_a_submission_that_is_rolled_back_wakes_nobody(
    cast: Cast,
    queues: Redis,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        submit(cast)
        transaction.set_rollback(True)
    assert waiting(queues, Queue.CPU) == []


def test_a_lost_message_is_sent_again_by_the_sweeper_and_only_when_due(
    cast: Cast, queues: Redis
) -> None:
    job = submit(cast)
    assert sweeper.sweep() == 0
    overdue(job)
    assert sweeper.sweep() == 1
    assert waiting(queues, Queue.CPU) == [str(job.pk)]
    assert sweeper.sweep() == 0, "it was sent a moment ago"


def test_the_sweeper_wakes_a_worker_for_a_lease_that_ran_out(cast: Cast, queues: Redis) -> None:
    job = submit(cast)
    claim(job)
    assert sweeper.sweep() == 0
    now_is_after_the_lease(job)
    assert sweeper.sweep() == 1
    assert waiting(queues, Queue.CPU) == [str(job.pk)]


@pytest.fixture
def no_broker(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("CELERY_BROKER_URL", "redis+socket:///nowhere/broker.sock")
    wakeup._producer.cache_clear()
    yield
    wakeup._producer.cache_clear()


@pytest.mark.usefixtures("no_broker")
def test_a_broker_that_is_away_loses_no_job_and_keeps_nobody_waiting(cast: Cast) -> None:
    job = submit(cast)
    begun = time.monotonic()
    assert wakeup.send(job.pk, job.queue) is False
    assert time.monotonic() - begun < 2
    overdue(job)
    assert sweeper.sweep() == 1
    assert reread(job).state == "queued"


def test_cancelling_a_queued_job_ends_it_at_once(cast: Cast) -> None:
    job = submit(cast)
    with cast.alice.scope() as alice:
        assert services.cancel(alice, job=job).state == "cancelled"
    assert leases.claim(job.pk, worker="w") is None
    assert actions(job) == ["job.cancelled"]


def test_cancelling_a_running_job_asks_its_worker_to_stop(cast: Cast) -> None:
    job = submit(cast)
    lease = claim(job)
    with cast.alice.scope() as alice:
        assert services.cancel(alice, job=job).state == "running"
        services.cancel(alice, job=job)
    assert leases.keep(lease) is True
    with cast.alice.scope():
        leases.stopped(lease)
    assert reread(job).state == "cancelled"
    assert actions(job) == ["job.cancel_requested", "job.cancelled"]


@pytest.mark.parametrize("put_back", [leases.release, lambda lease: leases.retry(lease, after_s=0)])
def test_a_job_asked_to_stop_and_put_back_is_cancelled_not_forgotten(
    cast: Cast, put_back: object
) -> None:
    job = submit(cast)
    lease = claim(job)
    with cast.alice.scope() as alice:
        services.cancel(alice, job=job)
    assert callable(put_back)
    put_back(lease)
    overdue(job)
    sweeper.sweep()
    assert reread(job).state == "cancelled"


def test_a_job_whose_worker_died_while_asked_to_stop_is_cancelled(cast: Cast) -> None:
    job = submit(cast)
    claim(job)
    with cast.alice.scope() as alice:
        services.cancel(alice, job=job)
    now_is_after_the_lease(job)
    sweeper.sweep()
    assert reread(job).state == "cancelled"
    assert actions(job) == ["job.cancel_requested", "job.cancelled"]


def test_a_finished_job_cannot_be_cancelled(cast: Cast) -> None:
    job = submit(cast)
    with cast.alice.scope() as alice:
        leases.succeed(claim_inside(job), result={})
        with pytest.raises(Conflict, match="succeeded already"):
            services.cancel(alice, job=job)


def claim_inside(job: Job) -> leases.Lease:
    """`claim` opens the platform's scope, which cannot be opened within a tenant's."""
    Job.objects.filter(pk=job.pk).update(state="running", epoch=1, attempts=1)
    return leases.Lease(
        job_id=job.pk,
        tenant_id=job.tenant_id,
        epoch=1,
        kind=job.kind,
        subject_id=job.subject_id,
        requested_by=job.requested_by,
        attempt=1,
    )


def test_cancelling_needs_the_permission(cast: Cast) -> None:
    job = submit(cast)
    with cast.carol.scope() as carol, pytest.raises(NotAllowed):
        services.cancel(carol, job=job)


def test_another_tenant_does_not_see_a_job(cast: Cast) -> None:
    job = submit(cast)
    with cast.mallory.scope() as mallory:
        assert not selectors.jobs(mallory).exists()
        with pytest.raises(Job.DoesNotExist):
            services.cancel(mallory, job=job)


def test_a_writer_sees_only_the_jobs_they_asked_for(cast: Cast) -> None:
    submit(cast)
    with cast.bob.scope() as bob:
        own = services.submit(
            bob, kind=JobKind.SYNTHESIZE, tenant_id=cast.bob.tenant.pk, subject_id=uuid.uuid4()
        )
        assert list(selectors.jobs(bob)) == [own]


def test_jobs_are_listed_newest_first_by_kind_and_state(cast: Cast) -> None:
    first, second = submit(cast), submit(cast)
    claim(first)
    with cast.alice.scope() as alice:
        assert list(selectors.jobs(alice)) == [second, first]
        assert list(selectors.jobs(alice, state="running")) == [first]
        assert not selectors.jobs(alice, kind="freeze").exists()
        assert set(selectors.open_jobs_about([first.subject_id, uuid.uuid4()])) == {first}


def test_a_submission_alone_records_nothing_its_caller_does(cast: Cast) -> None:
    with platform_scope():
        before = Event.objects.count()
    submit(cast)
    with platform_scope():
        assert Event.objects.count() == before
