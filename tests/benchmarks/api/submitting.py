"""Submitting speech under an Idempotency-Key, audited and metered; none lost, none double."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Sequence
from itertools import cycle, islice

from django.db import connection

from tests.benchmarks.api.clients import Answer, closed_loop, open_loop, percentile, request
from tests.benchmarks.api.filling import Company
from tests.benchmarks.api.served import Served
from tests.benchmarks.measure import Figure, median_s
from voiceassets.assets.models import SynthesisRequest
from voiceassets.audit.actions import Action
from voiceassets.audit.models import Event
from voiceassets.core.context import platform_scope, tenant_scope
from voiceassets.jobs.models import Job
from voiceassets.tenants.models import KeptAnswer, UsageEntry

CLIENTS = 8
OPEN_PER_S = 100.0
TEXT = "您好，欢迎致电客户服务中心。"
COMMITS = 50
WARM_UP = 32


def figures(served: Served, companies: Sequence[Company], *, seconds: float) -> Iterator[Figure]:
    # What the first requests load is no part of what one costs.
    closed_loop(served.port, islice(_messages(companies), WARM_UP), clients=CLIENTS, seconds=60.0)
    before = _kept(companies)
    with served.measured() as spent:
        many, took_s = closed_loop(
            served.port, _messages(companies), clients=CLIENTS, seconds=seconds
        )
    floor_s = _commit_s()
    yield Figure(
        name="submit, CPU of app and database",
        value=spent[0].both_s / len(many) * 1e3,
        unit="ms",
    )
    yield Figure(name="   of it the app", value=spent[0].program_s / len(many) * 1e3, unit="ms")
    yield Figure(
        name=f"submit, {len(companies)} tenants, {CLIENTS} clients",
        value=len(many) / took_s,
        unit="/s",
        floor=1 / floor_s,
        floor_name="commits of one row, one by one",
    )
    one, took_s = closed_loop(
        served.port, _messages(companies[:1]), clients=CLIENTS, seconds=seconds
    )
    yield Figure(name="submit, one tenant", value=len(one) / took_s, unit="/s")
    due = open_loop(served.port, _messages(companies), per_second=OPEN_PER_S, seconds=seconds)
    for share in (0.5, 0.99):
        yield Figure(
            name=f"submit, {OPEN_PER_S:.0f} due a second, p{share * 100:.0f}",
            value=percentile(due, share) * 1e3,
            unit="ms",
            floor=floor_s * 1e3,
            floor_name="commit of one row",
        )
    answers = [*many, *one, *due]
    ids = _acknowledged(answers)
    for name, count in _kept(companies).items():
        lost_or_double = count - before[name] - len(ids)
        yield Figure(name=f"{name} beyond {len(ids):,} answers", value=lost_or_double, unit="")
    yield Figure(name="requests that were refused", value=len(answers) - len(ids), unit="")


def _messages(companies: Sequence[Company]) -> Iterator[bytes]:
    bodies = [
        (
            json.dumps({"speaker": c.voice.public_id, "text": TEXT, "language": "zh"}).encode(),
            c.owner.token,
        )
        for c in companies
    ]
    for body, token in cycle(bodies):
        yield request("POST", "/v1/synthesis", token=token, body=body, key=str(uuid.uuid4()))


def _acknowledged(answers: Sequence[Answer]) -> set[str]:
    """The jobs that were promised, each once."""
    return {json.loads(answer.body)["job"]["id"] for answer in answers if answer.status == 202}


def _kept(companies: Sequence[Company]) -> dict[str, int]:
    """What the database holds of every submission."""
    found = dict.fromkeys(("requests", "jobs", "events", "kept answers", "usage entries"), 0)
    for company in companies:
        with tenant_scope(company.owner.tenant.pk):
            found["requests"] += SynthesisRequest.objects.count()
            found["jobs"] += Job.objects.filter(kind="synthesize").count()
            found["events"] += Event.objects.filter(action=Action.SYNTHESIS_REQUESTED).count()
            found["kept answers"] += KeptAnswer.objects.count()
            found["usage entries"] += UsageEntry.objects.count()
    return found


def _commit_s() -> float:
    """A transaction of one row on this machine's disk."""

    def commit() -> None:
        with platform_scope(), connection.cursor() as cursor:
            cursor.execute("INSERT INTO audit_cursor VALUES (%s, 0, 0)", [str(uuid.uuid4())])

    return median_s(commit, runs=COMMITS)
