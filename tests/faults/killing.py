"""Workers that die: at every point of a job, again and again on the same one, or in their sleep."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf

from tests.faults.checks import is_tidy, wrong_with
from tests.faults.company import Company
from tests.faults.platform import Platform
from voiceassets.core.context import platform_scope
from voiceassets.jobs.models import FINAL, Job, JobAttempt
from voiceassets.storage.models import ObjectState, StoredObject

GRACE_S = 5.0
FINISH_TIMEOUT_S = 180.0
TIDY_TIMEOUT_S = 30.0
LONG_TEXT = "您好，请稍等，我正在为您查看。" * 4


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One scenario as it went: figures for people, and what was wrong."""

    name: str
    figures: str = ""
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        verdict = "ok  " if not self.wrong else "FAIL"
        return "  ".join([verdict, f"{self.name:<36}", self.figures, *self.wrong])


def finish(platform: Platform, company: Company, *jobs: Job) -> None:
    """Wait for the jobs to end and for what they left to be tidied up; `wrong_with` then judges."""
    platform.wait_until(
        lambda: all(company.job(job).state in FINAL for job in jobs),
        timeout_s=FINISH_TIMEOUT_S,
    )
    platform.wait_until(is_tidy, timeout_s=TIDY_TIMEOUT_S)


def kill_once(
    platform: Platform,
    company: Company,
    submit: Callable[[], Job],
    *,
    point: str,
    grace_s: float = GRACE_S,
) -> Outcome:
    """A worker is killed at `point`; the job must end once, within its lease and `grace_s`."""
    platform.order_kill(point)
    job = submit()
    killed_at_s = platform.await_kill()
    finish(platform, company, job)
    ended = company.job(job)
    wrong = wrong_with(company, job)
    with company.alice.scope():
        last = JobAttempt.objects.filter(job=job).latest("epoch")
    taken_s = max(0.0, last.created_at.timestamp() - killed_at_s)
    ended_s = max(0.0, ended.finished_at.timestamp() - killed_at_s) if ended.finished_at else inf
    if ended_s > platform.lease_s + grace_s:
        wrong.append(f"more than the lease of {platform.lease_s} s and {grace_s:.0f} s")
    return Outcome(
        name=f"{ended.kind} killed at {point}",
        figures=(
            f"{ended.attempts} attempts, taken up again after {taken_s:4.1f} s, "
            f"ended after {ended_s:4.1f} s"
        ),
        wrong=wrong,
    )


def poison(platform: Platform, company: Company, *, batch: bool) -> Outcome:
    """A job kills its worker three times: it ends as poison, and its neighbours finish."""
    workers = ("worker", "interactive")
    platform.pause(*workers)
    bad = company.speak(batch=batch)
    neighbours = [company.speak(LONG_TEXT, batch=batch) for _ in range(3)]
    platform.order_kill("before_work", job=bad)
    platform.resume(*workers)
    finish(platform, company, bad, *neighbours)
    platform.order.unlink()
    ended = company.job(bad)
    wrong = wrong_with(company, bad, state="failed") + wrong_with(company, *neighbours)
    if (ended.error or {}).get("code") != "poison":
        wrong.append(f"the error is {ended.error}")
    attempts = [company.job(job).attempts for job in neighbours]
    return Outcome(
        name=f"poison among {'processes' if batch else 'threads'}",
        figures=f"{ended.attempts} attempts, its neighbours took {attempts}",
        wrong=wrong,
    )


def pause(platform: Platform, company: Company) -> Outcome:
    """A worker sleeps past its lease while it writes; it wakes when another has done the job."""
    # The sleeper's pool process is free again once it has dropped the job it lost.
    lost, log = "lease lost", platform.programs["worker"].log
    told = log.read_text().count(lost)
    job, sleeper = _catch_one_writing(platform, company)
    platform.wait_until(lambda: company.job(job).state in FINAL, timeout_s=FINISH_TIMEOUT_S)
    ended = company.job(job)
    os.kill(sleeper, signal.SIGCONT)
    woke = platform.wait_until(lambda: log.read_text().count(lost) > told, timeout_s=30)
    finish(platform, company, job)
    wrong = wrong_with(company, job)
    if not woke:
        wrong.append("the sleeper never noticed that it had lost its lease")
    if company.job(job).epoch != ended.epoch or ended.attempts != 2:
        wrong.append(f"{ended.attempts} attempts, epoch {company.job(job).epoch}")
    return Outcome(name="SIGSTOP past the lease, then SIGCONT", figures="fenced", wrong=wrong)


def _catch_one_writing(platform: Platform, company: Company) -> tuple[Job, int]:
    """A job whose process was stopped between its first file and its commit."""
    for _ in range(10):
        job = company.prepare()

        def writes(job: Job = job) -> bool:
            with platform_scope():
                rows = StoredObject.objects.filter(job_id=job.pk)
                return rows.filter(state=ObjectState.PENDING).exists()

        if platform.wait_until(writes, timeout_s=60):
            process = int(company.job(job).lease_owner.split(":")[1])
            os.kill(process, signal.SIGSTOP)
            if company.job(job).state == "running":
                return job, process
            os.kill(process, signal.SIGCONT)
    raise TimeoutError("no worker was caught while it was writing")
