"""Half of what the platform bears, for long: memory and descriptors of its programs stay.

`python -m tests.faults.soak --minutes 20`. First closed loops find the rate that the machine bears;
then half of it is sent by the clock. Samples of the first part are left out: what a process loads
on first use is no leak.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import statistics
import sys
import tempfile
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from tests.benchmarks.api.clients import Answer, closed_loop, open_loop, percentile, request
from tests.faults.platform import Platform
from voiceassets.runtime import roles
from voiceassets.runtime.programs import MOST_CONNECTIONS
from voiceassets.runtime.testing import PrivateServers

if TYPE_CHECKING:
    from tests.faults.company import Company

PROGRAMS = ("web", "worker", "interactive", "scheduler")
MOST_GROWTH = 0.05
WARM_UP_SHARE, WARM_UP_S = 0.2, 60.0
CLIENTS = 4
NO_LIMIT = "1000000000"
HELD = "SELECT application_name, count(*) FROM pg_stat_activity WHERE usename = %s GROUP BY 1"


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One program at one moment, all its processes together.

    Connections to the database are no `descriptors` here: programs open and close them as requests
    come, and how many there may be is another question.
    """

    rss_bytes: int
    descriptors: int


@dataclass(frozen=True, kw_only=True)
class Course:
    """What became of one program: the middle of its samples at the beginning and at the end."""

    program: str
    begun: Sample
    ended: Sample

    @property
    def growth(self) -> float:
        return self.ended.rss_bytes / self.begun.rss_bytes - 1

    @property
    def holds(self) -> bool:
        more = self.ended.descriptors - self.begun.descriptors
        return self.growth <= MOST_GROWTH and more <= 0

    def __str__(self) -> str:
        return (
            f"{'ok  ' if self.holds else 'FAIL'}  {self.program:<12} "
            f"{self.begun.rss_bytes / 1e6:8.1f} MB, then {self.ended.rss_bytes / 1e6:8.1f} MB "
            f"({self.growth:+.1%}); {self.begun.descriptors} descriptors, then "
            f"{self.ended.descriptors}"
        )


def course(program: str, samples: list[Sample]) -> Course:
    """Compares the samples after the warm-up with the last ones."""
    kept = samples[int(len(samples) * WARM_UP_SHARE) :]
    part = max(1, len(kept) // 4)
    return Course(program=program, begun=_middle(kept[:part]), ended=_middle(kept[-part:]))


@dataclass(frozen=True, kw_only=True)
class Soaked:
    """What became of the programs and of the requests, and what was held of the database."""

    courses: list[Course]
    answers: list[Answer]
    per_second: float
    most_connections: int


def soak(platform: Platform, company: Company, *, seconds: float, sample_every_s: float) -> Soaked:
    # What is loaded on first use would make the rate too low.
    first = itertools.islice(_messages(company), 8 * CLIENTS)
    closed_loop(platform.port, first, clients=CLIENTS, seconds=WARM_UP_S)
    trial_s = max(2.0, min(15.0, seconds / 4))
    found, took_s = closed_loop(platform.port, _messages(company), clients=CLIENTS, seconds=trial_s)
    per_second = len(found) / took_s / 2
    samples: dict[str, list[Sample]] = {name: [] for name in platform.programs}
    connections: list[int] = []
    over = threading.Event()

    def watch() -> None:
        with platform.servers.superuser() as database, database.cursor() as cursor:
            while not over.wait(sample_every_s):
                cursor.execute(HELD, [roles.APP])
                held = dict(cursor.fetchall())
                connections.append(sum(held.values()))
                for name, kept in samples.items():
                    kept.append(_sample(platform.members(name), connections=held.get(name, 0)))

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        answers = open_loop(
            platform.port, _messages(company), per_second=per_second, seconds=seconds
        )
    finally:
        over.set()
        watching.join()
    return Soaked(
        courses=[course(name, kept) for name, kept in samples.items()],
        answers=answers,
        per_second=per_second,
        most_connections=max(connections),
    )


def _messages(company: Company) -> Iterator[bytes]:
    """Speech that is waited for, speech that is not, lists and details."""
    token = company.alice.token
    speech = {"speaker": company.speaker.public_id, "text": "好。", "language": "zh"}
    asked = json.dumps(speech).encode()
    later = json.dumps(speech | {"batch": True}).encode()
    voice = f"/v1/speakers/{company.speaker.public_id}"
    for number in itertools.count():
        key = str(uuid.uuid4())
        yield request("POST", "/v1/synthesis?wait=30", token=token, body=asked, key=key)
        yield request("GET", "/v1/assets?limit=20", token=token)
        yield request("GET", voice, token=token)
        if number % 4 == 0:
            yield request("POST", "/v1/synthesis", token=token, body=later, key=key + "b")
        else:
            yield request("GET", "/v1/jobs?limit=20", token=token)


def _sample(members: list[psutil.Process], *, connections: int) -> Sample:
    rss_bytes, descriptors = 0, -connections
    for process in members:
        try:
            rss_bytes += process.memory_info().rss
            descriptors += process.num_fds()
        except psutil.NoSuchProcess:
            continue
    return Sample(rss_bytes=rss_bytes, descriptors=descriptors)


def _middle(samples: list[Sample]) -> Sample:
    return Sample(
        rss_bytes=int(statistics.median(sample.rss_bytes for sample in samples)),
        descriptors=int(statistics.median(sample.descriptors for sample in samples)),
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=20.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="voiceassets-soak-") as folder:
        servers = PrivateServers(Path(folder), durable=True)
        os.environ.update(servers.env, API_RATE_QUOTA=NO_LIMIT)
        try:
            servers.start_database()
            servers.start_broker()
            return _soak_from_scratch(servers, seconds=options.minutes * 60)
        finally:
            servers.stop()


def _soak_from_scratch(servers: PrivateServers, *, seconds: float) -> int:
    import django

    django.setup()
    platform = Platform(servers, lease_s=15, names=PROGRAMS)
    platform.set_up()
    from django.db import connections

    from tests.faults.company import make_company

    company = make_company()
    connections.close_all()
    with platform:
        found = soak(platform, company, seconds=seconds, sample_every_s=max(0.5, seconds / 240))
    answers = found.answers
    bad = [answer for answer in answers if answer.status not in {200, 202}]
    print(
        f"{len(answers)} requests in {seconds:.0f} s, half of what is borne "
        f"({found.per_second:.1f}/s): {len(bad)} failed, "
        f"p50 {percentile(answers, 0.5) * 1e3:.0f} ms, p99 {percentile(answers, 0.99) * 1e3:.0f} ms"
    )
    for one in found.courses:
        print(one)
    print(f"at most {found.most_connections} database connections of {MOST_CONNECTIONS}")
    for answer in bad[:3]:
        print(answer.status, answer.body[:300])
    holds = found.most_connections <= MOST_CONNECTIONS and all(c.holds for c in found.courses)
    return 1 if bad or not holds else 0


if __name__ == "__main__":
    sys.exit(main())
