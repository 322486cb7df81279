"""A broker that forgets everything or is gone, and a worker that is asked to leave."""

from __future__ import annotations

import time

from tests.faults.checks import wrong_with
from tests.faults.company import Company
from tests.faults.killing import FINISH_TIMEOUT_S, Outcome, finish
from tests.faults.platform import Platform
from voiceassets.corpus.models import Dataset
from voiceassets.jobs.models import Job
from voiceassets.runtime.demo.person import Person

QUEUED = 20
STAGES = ("acoustic", "semantic")
SUBMITTED_WITHIN_S = 5.0


def flush(platform: Platform, company: Company, *, jobs: int = QUEUED) -> Outcome:
    """FLUSHALL while jobs are queued: Redis is not the record, so all finish."""
    platform.pause("worker", "scheduler")
    waiting = [company.speak(batch=True) for _ in range(jobs)]
    messages = platform.broker().llen("batch")
    platform.broker().flushall()
    platform.resume("worker", "scheduler")
    begun_s = time.monotonic()
    finish(platform, company, *waiting)
    return Outcome(
        name=f"FLUSHALL with {jobs} jobs queued",
        figures=f"{messages} messages lost, all ended {time.monotonic() - begun_s:.0f} s later",
        wrong=wrong_with(company, *waiting),
    )


def lose_broker(platform: Platform, company: Company, *, down_s: float = 0.0) -> Outcome:
    """Redis is killed: the API still accepts work, which is done once Redis is back."""
    alice = Person("Alice", url=platform.url, key=company.alice.token)
    platform.kill_broker()
    begun_s = time.monotonic()
    accepted = alice.post(
        "/v1/synthesis", {"speaker": company.speaker.public_id, "text": "您好。", "language": "zh"}
    )
    took_s = time.monotonic() - begun_s
    jobs = [company.speak(batch=True)]
    platform.wait_until(lambda: time.monotonic() - begun_s > down_s, timeout_s=down_s + 1)
    jobs.append(company.speak())
    platform.revive_broker()
    away_s = time.monotonic() - begun_s
    wrong = []
    if accepted.status == 202:
        jobs.append(company.job_called(accepted.json["job"]["id"]))
    else:
        wrong.append(f"the API answered {accepted.status}: {accepted.body[:200]!r}")
    if took_s > SUBMITTED_WITHIN_S:
        wrong.append(f"the API took {took_s:.1f} s")
    finish(platform, company, *jobs)
    # The workers must have found the broker again: a message reaches them before any sweep.
    later = company.speak(batch=True)
    finish(platform, company, later)
    wrong += wrong_with(company, *jobs, later)
    return Outcome(
        name="Redis killed and started again",
        figures=f"away for {away_s:.1f} s, submitted over HTTP in {took_s:.2f} s meanwhile",
        wrong=wrong,
    )


def drain(platform: Platform, company: Company) -> Outcome:
    """SIGTERM in the middle of a fine-tune: checkpoint, back to the queue, resumed, no attempt."""
    job = company.finetune(_frozen(platform, company))
    platform.wait_until(lambda: _learns(company.job(job)), timeout_s=FINISH_TIMEOUT_S)
    begun_s = time.monotonic()
    platform.stop("worker")
    took_s = time.monotonic() - begun_s
    put_back = company.job(job)
    wrong = []
    if (put_back.state, put_back.attempts) != ("queued", 0):
        wrong.append(f"put back as {put_back.state} with {put_back.attempts} attempts")
    platform.start("worker")
    resumed = _first_report(platform, company, put_back)
    if resumed < (put_back.stage, put_back.done):
        wrong.append("it began again")
    finish(platform, company, job)
    wrong += wrong_with(company, job)
    if company.job(job).attempts != 1:
        wrong.append(f"it took {company.job(job).attempts} attempts")
    return Outcome(
        name="SIGTERM drains a fine-tune",
        figures=(
            f"left within {took_s:.1f} s at {put_back.stage} {put_back.done}/{put_back.total}, "
            f"resumed at {resumed[0]} {resumed[1]}"
        ),
        wrong=wrong,
    )


def _frozen(platform: Platform, company: Company) -> Dataset:
    recording = company.prepare()
    finish(platform, company, recording)
    dataset, freezing = company.freeze(company.recording(recording))
    finish(platform, company, freezing)
    return dataset


def _learns(job: Job) -> bool:
    return job.is_final or (job.stage in STAGES and job.done > 0)


def _first_report(platform: Platform, company: Company, put_back: Job) -> tuple[str, int]:
    """The stage and step that the next attempt reports first; what the last one said is skipped."""

    def is_news() -> bool:
        now = company.job(put_back)
        said_before = (now.stage, now.done) == (put_back.stage, put_back.done)
        return _learns(now) and (now.is_final or not said_before)

    platform.wait_until(is_news, timeout_s=FINISH_TIMEOUT_S)
    now = company.job(put_back)
    return now.stage, now.done
