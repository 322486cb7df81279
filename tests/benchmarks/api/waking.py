"""From a commit to a worker's start, and from a request to its first sound, over a fake engine."""

from __future__ import annotations

import json
import statistics
import time
import uuid
from collections.abc import Iterator
from itertools import islice
from unittest import mock

import redis
from django.conf import settings
from django.db import transaction

from tests.benchmarks.api.clients import closed_loop, percentile, request, require_status
from tests.benchmarks.api.fake_engine import SPEAKS_S
from tests.benchmarks.api.served import Served
from tests.benchmarks.measure import Figure, median_s
from tests.faults.company import Company
from voiceassets.jobs import wakeup
from voiceassets.jobs.models import JobAttempt
from voiceassets.runtime.processes import wait_until

FAKE = {"voiceassets.workers.app": "tests.benchmarks.api.fake_engine"}
STARTS, LOST = 100, 3
LONGEST_S = 120.0
CLIENTS = (1, 4, 16)
PER_CLIENT = 20


def figures(served: Served, company: Company) -> Iterator[Figure]:
    """The company's voice has a bundle that can be opened; what speaks is the fake engine."""
    served.start("interactive", FAKE)
    served.start("scheduler")
    try:
        yield from _starts(company)
        yield from _lost(company)
        yield from _first_sounds(served, company)
    finally:
        served.stop("scheduler")
        served.stop("interactive")


def _starts(company: Company) -> Iterator[Figure]:
    broker = redis.Redis.from_url(settings.REDIS_URL)

    def round_trip() -> None:
        broker.lpush("bench", b"1")
        broker.brpop(["bench"])

    floor_s = median_s(round_trip, runs=STARTS)
    _start_s(company)  # the first one warms up
    waits = sorted(_start_s(company) for _ in range(STARTS))
    for name, seconds in (("p50", statistics.median(waits)), ("p99", waits[int(0.99 * STARTS)])):
        yield Figure(
            name=f"commit to a worker's start, {name} of {STARTS}",
            value=seconds * 1e3,
            unit="ms",
            floor=floor_s * 1e3,
            floor_name="through a list of Redis",
        )


def _lost(company: Company) -> Iterator[Figure]:
    """No message goes out, as if the broker had lost it; the sweep sends one."""
    with mock.patch.object(wakeup, "send", return_value=False):
        longest_s = max(_start_s(company) for _ in range(LOST))
    yield Figure(name=f"a lost wake-up, the longest of {LOST}", value=longest_s, unit="s")


def _start_s(company: Company) -> float:
    """From the commit of a submission to the claim of its job, by the one clock of both.

    Returns when the job has ended: what is measured is the way to a worker that is free.
    """
    committed_s: list[float] = []
    with company.alice.scope():
        transaction.on_commit(lambda: committed_s.append(time.time()))
        job = company.speak()

    def ended() -> bool:
        with company.alice.scope():
            job.refresh_from_db()
        return job.is_final

    if not wait_until(ended, timeout_s=LONGEST_S):
        raise SystemExit("no worker took the job")
    with company.alice.scope():
        begun = JobAttempt.objects.get(job=job, epoch=1)
    return begun.created_at.timestamp() - committed_s[0]


def _first_sounds(served: Served, company: Company) -> Iterator[Figure]:
    """What the way from HTTP to the engine and back adds to what the engine needs itself."""
    asked = {"speaker": company.speaker.public_id, "text": "好。", "language": "zh"}
    body = json.dumps(asked).encode()

    def messages() -> Iterator[bytes]:
        while True:
            path, key = "/v1/synthesis?stream=true", str(uuid.uuid4())
            yield request("POST", path, token=company.alice.token, body=body, key=key)

    warm_up, _ = closed_loop(served.port, islice(messages(), 3), clients=1, seconds=LONGEST_S)
    require_status(warm_up, 200)
    for clients in CLIENTS:
        wanted = islice(messages(), clients * PER_CLIENT)
        every, _ = closed_loop(served.port, wanted, clients=clients, seconds=LONGEST_S)
        answers = [answer for answer in every if answer.status == 200]
        refused = len(every) - len(answers)  # more listeners than a process has places for
        yield Figure(name=f"refused of {len(every)}, {clients} clients", value=refused, unit="")
        for share in (0.5, 0.99):
            seconds = percentile(answers, share, of=lambda answer: answer.first_byte_s)
            yield Figure(
                name=f"to the first sound beyond the engine, {clients} clients, p{share * 100:.0f}",
                value=(seconds - SPEAKS_S) * 1e3,
                unit="ms",
                floor=SPEAKS_S * 1e3,
                floor_name="the engine alone",
            )
