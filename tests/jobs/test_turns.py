"""A company that submits many jobs at once does not make the others wait for all of them."""

from __future__ import annotations

import uuid

import pytest

from tests.factories import Cast, Person
from tests.jobs.test_leases import WORKER, claim
from voiceassets.jobs import leases, services, turns, wakeup
from voiceassets.jobs.kinds import JobKind
from voiceassets.jobs.models import Job

# Each claim has a time of its own.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wakeup, "send", lambda job_id, queue: True)


def submit(person: Person, count: int, *, kind: JobKind = JobKind.PREPARE) -> list[Job]:
    """In the order in which they wait; ids of one millisecond come in any."""
    with person.scope() as actor:
        jobs = [
            services.submit(actor, kind=kind, tenant_id=person.tenant.pk, subject_id=uuid.uuid4())
            for _ in range(count)
        ]
    return sorted(jobs, key=lambda job: job.pk)


def begin(message: Job) -> uuid.UUID | None:
    """What a worker begins when the message of this job wakes it."""
    for chosen in turns.chosen(message.pk):
        if leases.claim(chosen, worker=WORKER):
            return chosen
    return None


def test_who_submits_one_job_waits_for_one_of_those_who_flood_the_queue(cast: Cast) -> None:
    flood = submit(cast.alice, 5)
    few = submit(cast.mallory, 2)
    begun = [begin(message) for message in (*flood, *few)]
    wanted = [flood[0], few[0], flood[1], few[1], flood[2], flood[3], flood[4]]
    assert begun == [job.pk for job in wanted]


def test_every_waiting_job_is_begun_once_and_more_messages_do_nothing(cast: Cast) -> None:
    jobs = [*submit(cast.alice, 3), *submit(cast.mallory, 3)]
    begun = [begin(message) for message in (*jobs, *jobs)]
    assert sorted(map(str, begun[:6])) == sorted(str(job.pk) for job in jobs)
    assert begun[6:] == [None] * 6


def test_turns_are_taken_within_a_queue(cast: Cast) -> None:
    (heard,) = submit(cast.alice, 1, kind=JobKind.SYNTHESIZE)
    (many,) = submit(cast.mallory, 1, kind=JobKind.SYNTHESIZE_BATCH)
    assert begin(many) == many.pk
    assert begin(many) is None
    assert begin(heard) == heard.pk


def test_a_job_that_was_put_back_is_begun_when_its_own_message_comes(cast: Cast) -> None:
    (first, second, third) = submit(cast.alice, 3)
    leases.release(claim(first))
    assert begin(second) == second.pk, "the one that was put back has its own time"
    assert begin(first) == first.pk
    assert begin(third) == third.pk


def test_whoever_loses_the_race_for_a_job_begins_another(cast: Cast) -> None:
    first, second = submit(cast.alice, 2)
    tries = turns.chosen(first.pk)
    assert next(tries) == first.pk
    claim(first)
    assert next(tries) == second.pk
