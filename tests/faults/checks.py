"""What must hold after any fault, told as a list of what does not."""

from __future__ import annotations

import hashlib
from pathlib import Path

from django.conf import settings

from tests.faults.company import Company
from voiceassets.audit.models import Event
from voiceassets.core.context import platform_scope
from voiceassets.corpus.models import Segment
from voiceassets.jobs.leases import MAX_ATTEMPTS
from voiceassets.jobs.models import Job, JobAttempt
from voiceassets.storage.backends import Missing, backend
from voiceassets.storage.models import ObjectState, StoredObject

ENDS = ("job.succeeded", "job.failed", "job.cancelled")
ENDS_OF_ASSETS = ("asset.released", "asset.failed", "synthesis.refused")


def is_tidy() -> bool:
    return not (_of_rows() or _of_folders())


def wrong_with(company: Company, *jobs: Job, state: str = "succeeded") -> list[str]:
    """What is wrong with these ended jobs, their subjects, the object store and the work folder."""
    return [
        *(fault for job in jobs for fault in _of_job(company, company.job(job), state)),
        *(fault for job in jobs for fault in _of_subject(company, company.job(job), state)),
        *_of_rows(),
        *_of_files(),
        *_of_folders(),
    ]


def _of_job(company: Company, job: Job, state: str) -> list[str]:
    with company.alice.scope():
        ends = Event.objects.filter(object_id=job.public_id, action__in=ENDS)
        actions = list(ends.values_list("action", flat=True))
        tries = list(JobAttempt.objects.filter(job=job).values_list("ended_at", "outcome"))
    return _those_not_held(
        {
            f"{job.public_id} is {job.state} ({job.error}), not {state}": job.state == state,
            f"{job.attempts} attempts": job.attempts <= MAX_ATTEMPTS,
            f"ended by {actions}": actions == [f"job.{state}"],
            f"an attempt was never closed: {tries}": all(ended for ended, _ in tries),
            f"attempts ended as {[outcome for _, outcome in tries]}": (
                sum(outcome == "succeeded" for _, outcome in tries) == (state == "succeeded")
            ),
        }
    )


def _of_subject(company: Company, job: Job, state: str) -> list[str]:
    if job.kind == "prepare":
        return _of_recording(company, job, "accepted" if state == "succeeded" else "failed")
    if job.kind in {"synthesize", "synthesize_batch"}:
        return _of_asset(company, job, "released" if state == "succeeded" else "failed")
    return []


def _of_asset(company: Company, job: Job, state: str) -> list[str]:
    asset = company.asset(job)
    with company.alice.scope():
        ends = Event.objects.filter(object_id=asset.public_id, action__in=ENDS_OF_ASSETS)
        actions = list(ends.values_list("action", flat=True))
    return _those_not_held(
        {
            f"{asset.public_id} is {asset.state}, not {state}": asset.state == state,
            f"the asset ended by {actions}": actions == [f"asset.{state}"],
        }
    )


def _of_recording(company: Company, job: Job, state: str) -> list[str]:
    recording = company.recording(job)
    with company.alice.scope():
        about = Event.objects.filter(object_id=recording.public_id)
        checked = about.filter(action__in=["recording.checked", "recording.failed"]).count()
        segments = list(
            Segment.objects.filter(recording=recording).values_list("position", flat=True)
        )
    return _those_not_held(
        {
            f"{recording.public_id} is {recording.state}, not {state}": recording.state == state,
            f"the recording was judged {checked} times": checked == 1,
            f"its segments are {segments}": (
                sorted(segments) == list(range(len(segments)))
                and bool(segments) == (state == "accepted")
            ),
        }
    )


def _of_rows() -> list[str]:
    with platform_scope():
        pending = StoredObject.objects.filter(state=ObjectState.PENDING)
        return [f"{row.public_id} ({row.purpose}) is still pending" for row in pending]


def _of_files() -> list[str]:
    """Files without a live row, and live rows without their file."""
    with platform_scope():
        live = {row.key: row for row in StoredObject.objects.filter(state=ObjectState.LIVE)}
    orphans = [f"no row wants {key}" for key in sorted({*backend().keys()} - {*live})]
    return [*orphans, *(fault for row in live.values() for fault in _of_file(row))]


def _of_file(row: StoredObject) -> list[str]:
    try:
        with backend().open(row.key) as file:
            digest = hashlib.sha256(file.read()).hexdigest()
    except Missing:
        return [f"{row.public_id} has no file"]
    return [] if digest == row.sha256 else [f"{row.public_id} has another file"]


def _of_folders() -> list[str]:
    found = Path(settings.WORK_DIR).glob("jobs/*")
    return [f"{path} is left" for path in found]


def _those_not_held(claims: dict[str, bool]) -> list[str]:
    return [fault for fault, holds in claims.items() if not holds]
