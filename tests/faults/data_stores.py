"""The database restarted under load, and an object store that fails."""

from __future__ import annotations

import itertools
import json
import os
import random
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import urllib3
from django.conf import settings
from django.db import connection
from django.test import override_settings

from tests.faults.checks import wrong_with
from tests.faults.company import Company
from tests.faults.killing import FINISH_TIMEOUT_S, Outcome, finish
from tests.faults.platform import Platform
from tests.storage.conftest import BUCKET, s3_server
from tests.storage.flaky import Fault, flaky
from voiceassets.jobs.models import FINAL, Job
from voiceassets.storage.backends import backend
from voiceassets.storage.files import FileBackend

CLIENTS = 4
SPOILT = (Fault.REFUSED, Fault.ANSWER_LOST, Fault.CUT_SHORT, Fault.SILENT)
SPOILT_SHARE = 0.3
TIMEOUT_S = 2
JOBS_OF_A_STORE = 10


@dataclass
class Ledger:
    """What clients have sent under which key, and the job that each key was promised."""

    url: str
    headers: dict[str, str]
    body: bytes
    promised: dict[str, str] = field(default_factory=dict)
    unanswered: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    http: urllib3.PoolManager = field(
        default_factory=lambda: urllib3.PoolManager(maxsize=CLIENTS, retries=False, timeout=30)
    )

    def send(self, key: str) -> None:
        """Once; no answer, or the server's own failure, leaves the key unanswered."""
        headers = {**self.headers, "Content-Type": "application/json", "Idempotency-Key": key}
        answer = None
        with suppress(urllib3.exceptions.HTTPError):
            answer = self.http.request(
                "POST", f"{self.url}/v1/synthesis", body=self.body, headers=headers
            )
        if answer is None or answer.status >= 500 or answer.status == 409:
            self.unanswered.append(key)
        elif answer.status == 202:
            job = answer.json()["job"]["id"]
            if self.promised.setdefault(key, job) != job:
                self.wrong.append(f"key {key} was promised two jobs")
        else:
            self.wrong.append(f"answered {answer.status}: {answer.data[:200]!r}")


def restart_database(platform: Platform, company: Company, *, jobs: int = 20) -> Outcome:
    """The server ends at once under load and recovers; who got no answer sends the key again."""
    asked = {"speaker": company.speaker.public_id, "text": "好。", "language": "zh", "batch": True}
    ledger = Ledger(platform.url, company.alice.headers, json.dumps(asked).encode())
    keys, lock = itertools.count(), threading.Lock()

    def drive() -> None:
        while True:
            with lock:
                number = next(keys)
            if number >= jobs:
                return
            ledger.send(str(uuid.uuid4()))

    clients = [threading.Thread(target=drive) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    platform.wait_until(lambda: len(ledger.promised) >= jobs // 4, timeout_s=60)
    platform.restart_database()
    connection.close()
    for client in clients:
        client.join()
    lost_answers, tries = len(ledger.unanswered), 0
    while ledger.unanswered and (tries := tries + 1) < 10 * jobs:
        ledger.send(ledger.unanswered.pop())
    promised = [company.job_called(job) for job in sorted(set(ledger.promised.values()))]
    finish(platform, company, *promised)
    wrong = ledger.wrong + wrong_with(company, *promised)
    if len(promised) != jobs or len(ledger.promised) != jobs:
        wrong.append(f"{len(ledger.promised)} keys of {jobs} have {len(promised)} jobs")
    attempts = max(company.job(job).attempts for job in promised)
    return Outcome(
        name="PostgreSQL ended at once, under load",
        figures=f"{jobs} sent, {lost_answers} not answered, at most {attempts} attempts",
        wrong=wrong,
    )


def spoil_store(platform: Platform, company: Company, *, seed: int = 1) -> Outcome:
    """Of the requests to a bucket 30 % are refused, not answered, answered by half, or kept."""
    dice = random.Random(seed)
    counted = dict.fromkeys(SPOILT, 0)

    def chance() -> Fault:
        if dice.random() >= SPOILT_SHARE:
            return Fault.NONE
        fault = dice.choice(SPOILT)
        counted[fault] += 1
        return fault

    with s3_server() as endpoint, flaky(endpoint) as network, _in_bucket(endpoint):
        environment = {
            "OBJECT_STORE": settings.OBJECT_STORE,
            "OBJECT_STORE_ENDPOINT": network.endpoint,
            "OBJECT_STORE_TIMEOUT_S": str(TIMEOUT_S),
            **{name: value for name, value in os.environ.items() if name.startswith("AWS_")},
        }
        network.silent_s = TIMEOUT_S + 1
        with platform.restarted("worker", "interactive", "scheduler", "web", env=environment):
            network.chance = chance
            jobs = [company.speak(batch=number % 2 == 0) for number in range(JOBS_OF_A_STORE)]
            platform.wait_until(
                lambda: all(company.job(job).state in FINAL for job in jobs),
                timeout_s=FINISH_TIMEOUT_S,
            )
            network.chance = lambda: Fault.NONE
            finish(platform, company, *jobs)
            wrong = [
                fault
                for job in jobs
                for fault in wrong_with(company, job, state=_end(company, job))
            ]
        requests = len(network.methods)
    ends = [company.job(job) for job in jobs]
    unlike = {str((end.error or {}).get("code")) for end in ends if end.state != "succeeded"}
    if unlike - {"unavailable"}:
        wrong.append(f"jobs failed with {unlike}")
    return Outcome(
        name="a bucket that spoils 30 % of requests",
        figures=(
            f"{sum(counted.values())} of {requests} requests spoilt, "
            f"{sum(end.state == 'succeeded' for end in ends)} of {len(ends)} jobs succeeded, "
            f"at most {max(end.attempts for end in ends)} attempts"
        ),
        wrong=wrong,
    )


def _end(company: Company, job: Job) -> str:
    """Either end is right when a store fails three times over; `wrong_with` wants all of it."""
    return "failed" if company.job(job).state == "failed" else "succeeded"


@contextmanager
def _in_bucket(endpoint: str) -> Iterator[None]:
    """This process keeps files in the bucket, with those that were kept in the folder before."""
    files = backend()
    assert isinstance(files, FileBackend), "the other scenarios keep files in a folder"
    store = {"OBJECT_STORE": f"s3://{BUCKET}/faults", "OBJECT_STORE_ENDPOINT": endpoint}
    with override_settings(**store):
        for key in files.keys():  # noqa: SIM118  (a store's method, not a dict's)
            with files.open(key) as file:
                backend().put(key, file, content_type="application/octet-stream")
        yield
        for key in set(backend().keys()) - set(files.keys()):
            with backend().open(key) as file:
                files.put(key, file, content_type="application/octet-stream")
