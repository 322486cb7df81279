"""Sixteen at once ask, work, die, come late and try again: everything is charged once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

import pytest
from django.db import OperationalError, connection

from tests.factories import Cast, make_request, make_voice
from tests.jobs.test_leases import now_is_after_the_lease
from voiceassets.assets.models import SynthesisRequest
from voiceassets.jobs import leases
from voiceassets.jobs.leases import Lease, LeaseLost
from voiceassets.jobs.models import Job
from voiceassets.tenants import metering
from voiceassets.tenants.metering import Group
from voiceassets.tenants.models import UsageEntry

THREADS = 16
HELLO = "你好。"

T = TypeVar("T")


def at_once(do: Callable[[int], T]) -> list[T]:
    """What each of the threads made, which begin together."""
    start = Barrier(THREADS)

    def run(number: int) -> T:
        start.wait()
        try:
            return do(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, range(THREADS)))


def finish(cast: Cast, lease: Lease, *, dies: bool = False) -> str:
    """The end of a job as a worker does it; one that `dies` is cut off before it commits."""
    try:
        with cast.alice.scope():
            leases.lock(lease)
            metering.charge(lease.subject_id, audio_ms=lease.epoch, compute_ms=1, device="cpu")
            leases.succeed(lease, result={})
            if dies:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    except OperationalError:
        return "died"
    except LeaseLost:
        return "lost"
    return "charged"


@pytest.mark.django_db(transaction=True)
def test_what_is_asked_tried_and_finished_by_many_at_once_is_charged_once(cast: Cast) -> None:
    voice, _ = make_voice(cast)

    def claim(job: Job, worker: str) -> Lease:
        lease = leases.claim(job.pk, worker=worker)
        assert lease is not None
        return lease

    def ask(_: int) -> tuple[SynthesisRequest, Lease]:
        request = make_request(cast.alice, voice, text=HELLO)
        assert request.job is not None
        return request, claim(request.job, "first")

    asked = at_once(ask)
    # The even ones die in their last transaction; the odd ones freeze before it.
    first = at_once(
        lambda n: finish(cast, asked[n][1], dies=True) if n % 2 == 0 else "frozen",
    )
    assert first == ["died", "frozen"] * (THREADS // 2)
    seconds = []
    for request, _ in asked:
        assert request.job is not None
        now_is_after_the_lease(request.job)
        seconds.append(claim(request.job, "second"))
    # The frozen wake up while the second holders finish, and so does a late duplicate of each.
    finished = at_once(lambda n: [finish(cast, lease) for lease in (asked[n][1], seconds[n])])
    assert finished == [["lost", "charged"]] * THREADS
    assert at_once(lambda n: finish(cast, seconds[n])) == ["lost"] * THREADS
    with cast.alice.scope() as alice:
        rows = UsageEntry.objects.values_list("state", "characters", "audio_ms")
        assert list(rows) == [("charged", len(HELLO), 2)] * THREADS
        (total,) = metering.usage(alice, group=Group.USER)
    assert (total["requests"], total["characters"]) == (THREADS, THREADS * len(HELLO))
