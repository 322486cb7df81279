"""What workers do with jobs: claim one, keep the lease, report, finish. The epoch fences them.

A lease is lost when its time ran out and somebody else claimed the job; from then on every write
of the old holder is refused, so a paused or cut-off worker cannot undo the new one's work.
All times are the database's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection

from voiceassets.audit.actions import Action
from voiceassets.audit.services import record
from voiceassets.core.context import (
    Actor,
    ActorKind,
    platform_glance,
    platform_scope,
    tenant_scope,
)
from voiceassets.core.ids import uuid7
from voiceassets.core.statements import found
from voiceassets.jobs.models import FINAL, Job, JobState

MAX_ATTEMPTS = 3

# One message, and somebody's work begins.
CLAIM = """
WITH claimed AS (
    UPDATE jobs_job SET state = 'running', epoch = epoch + 1, attempts = attempts + 1,
           lease_owner = %(worker)s, lease_until = now() + %(lease)s * interval '1 second',
           wake_after = now() + %(lease)s * interval '1 second',
           started_at = coalesce(started_at, now())
     WHERE id = %(job)s AND attempts < %(max)s AND cancel_requested_at IS NULL
       AND (state = 'queued' OR (state = 'running' AND lease_until < now()))
    RETURNING *
), lost AS (
    UPDATE jobs_jobattempt before SET ended_at = now(), outcome = 'lease_lost' FROM claimed
     WHERE before.job_id = claimed.id AND before.ended_at IS NULL
), begun AS (
    INSERT INTO jobs_jobattempt (id, tenant_id, job_id, epoch, worker, outcome)
    SELECT %(attempt)s, tenant_id, id, epoch, %(worker)s, '' FROM claimed
)
SELECT * FROM claimed
"""

GIVE_UP = """
UPDATE jobs_job SET state = %(state)s, finished_at = now(), error = %(error)s::jsonb,
       epoch = epoch + 1
 WHERE id = %(job)s AND (attempts >= %(max)s OR cancel_requested_at IS NOT NULL)
   AND (state = 'queued' OR (state = 'running' AND lease_until < now()))
RETURNING tenant_id
"""

KEEP = """
UPDATE jobs_job SET lease_until = now() + %(lease)s * interval '1 second',
       wake_after = now() + %(lease)s * interval '1 second', stage = %(stage)s,
       done = %(done)s, total = %(total)s, eta_s = %(eta)s
 WHERE id = %(job)s AND epoch = %(epoch)s AND state = 'running'
RETURNING cancel_requested_at IS NOT NULL
"""


class LeaseLost(Exception):
    """Somebody else holds the job now; drop everything and write nothing."""


@dataclass(frozen=True, kw_only=True)
class Lease:
    """The right to work on one job until it expires; passed to every write.

    `request_id` and `traceparent` are those of the request that submitted it.
    """

    job_id: UUID
    tenant_id: UUID
    epoch: int
    kind: str
    subject_id: UUID
    requested_by: str
    attempt: int
    request_id: str = ""
    traceparent: str = ""

    @property
    def actor(self) -> Actor:
        return Actor(
            kind=ActorKind.WORKER,
            id=self.requested_by,
            tenant_id=self.tenant_id,
            all_voices=True,
        )


def claim(job_id: UUID, *, worker: str) -> Lease | None:
    """Take the job by compare-and-set; None when it is taken, finished, or given up just now."""
    wanted = {
        "worker": worker,
        "lease": settings.JOB_LEASE_S,
        "job": job_id,
        "max": MAX_ATTEMPTS,
        "attempt": uuid7(),
    }
    with platform_glance():
        claimed = found(Job, CLAIM, wanted)
    for job in claimed:
        return Lease(
            job_id=job_id,
            tenant_id=job.tenant_id,
            epoch=job.epoch,
            kind=job.kind,
            subject_id=job.subject_id,
            requested_by=job.requested_by,
            attempt=job.attempts,
            request_id=job.request_id,
            traceparent=job.traceparent,
        )
    give_up(job_id)
    return None


def keep(
    lease: Lease, *, stage: str = "", done: int = 0, total: int = 0, eta_s: int | None = None
) -> bool:
    """Extend the lease and report progress; True asks the worker to stop.

    Raises:
        LeaseLost: the job has another holder or has ended.
    """
    with tenant_scope(lease.tenant_id), connection.cursor() as cursor:
        cursor.execute(
            KEEP,
            {
                "lease": settings.JOB_LEASE_S,
                "stage": stage,
                "done": done,
                "total": total,
                "eta": eta_s,
                "job": lease.job_id,
                "epoch": lease.epoch,
            },
        )
        row = cursor.fetchone()
    if row is None:
        raise LeaseLost
    return bool(row[0])


def lock(lease: Lease) -> Job:
    """The job's row, locked in the caller's transaction: nobody can take it until that ends.

    A process that freezes in that transaction loses it after a lease, and with it the lock.

    Raises:
        LeaseLost: somebody took it before.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('idle_in_transaction_session_timeout', %s, true)",
            [f"{settings.JOB_LEASE_S}s"],
        )
    job = (
        Job.objects.select_for_update()
        .filter(pk=lease.job_id, epoch=lease.epoch, state=JobState.RUNNING)
        .first()
    )
    if job is None:
        raise LeaseLost
    return job


def succeed(lease: Lease, *, result: dict[str, Any]) -> Job:
    """Finish the job in the same transaction that stores what it made."""
    return _finish(lease, JobState.SUCCEEDED, Action.JOB_SUCCEEDED, result=result)


def fail(lease: Lease, *, code: str, message: str) -> Job:
    """Finish the job for a reason that trying again would not mend."""
    error = {"code": code, "message": message}
    return _finish(lease, JobState.FAILED, Action.JOB_FAILED, error=error)


def stopped(lease: Lease) -> Job:
    """Finish a job that somebody asked to stop."""
    return _finish(lease, JobState.CANCELLED, Action.JOB_CANCELLED)


def release(lease: Lease, *, after_s: float = 0.0) -> None:
    """Put the job back in its queue, unharmed: the worker cannot do it now. Costs no attempt."""
    _put_back(lease, after_s=after_s, attempts=1, outcome="released")


def retry(lease: Lease, *, after_s: float) -> None:
    """Put the job back after a failure that may pass; the attempt counts."""
    _put_back(lease, after_s=after_s, attempts=0, outcome="error")


def _put_back(lease: Lease, *, after_s: float, attempts: int, outcome: str) -> None:
    """Queue the job again and return `attempts` to it, unless somebody else holds it by now."""
    with tenant_scope(lease.tenant_id), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE jobs_job SET state = 'queued', lease_until = NULL, attempts = attempts - %s,"
            " wake_after = now() + %s * interval '1 second'"
            " WHERE id = %s AND epoch = %s AND state = 'running'",
            [attempts, after_s, lease.job_id, lease.epoch],
        )
        if cursor.rowcount:
            _close_attempts(lease.job_id, outcome=outcome)


def _finish(lease: Lease, state: JobState, action: Action, **fields: Any) -> Job:
    job = lock(lease)
    job.state = state
    for name, value in fields.items():
        setattr(job, name, value)
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        (job.finished_at,) = cursor.fetchone()
    job.lease_until = None
    job.save(update_fields=["state", "finished_at", "lease_until", *fields])
    _close_attempts(job.pk, outcome=state)
    code = (fields.get("error") or {}).get("code")
    record(lease.actor, action, job, kind=job.kind, **({"code": code} if code else {}))
    return job


def give_up(job_id: UUID) -> None:
    """End a job that killed its worker too often, or whose worker died while asked to stop.

    A job put back into its queue in one of these conditions ends here, too: nobody can claim it.
    """
    with platform_scope():
        job = Job.objects.filter(pk=job_id).exclude(state__in=FINAL).first()
        if job is None:
            return
        cancelled = job.cancel_requested_at is not None
        with connection.cursor() as cursor:
            cursor.execute(
                GIVE_UP,
                {
                    "state": JobState.CANCELLED if cancelled else JobState.FAILED,
                    "error": "null"
                    if cancelled
                    else '{"code": "poison", "message": '
                    '"The worker died three times on this job; it will not be tried again."}',
                    "job": job_id,
                    "max": MAX_ATTEMPTS,
                },
            )
            if cursor.fetchone() is None:
                return
        _close_attempts(job_id, outcome="cancelled" if cancelled else "poison")
        job.refresh_from_db()
        actor = Actor(kind=ActorKind.SYSTEM, id="sweeper", tenant_id=job.tenant_id)
        if cancelled:
            record(actor, Action.JOB_CANCELLED, job, kind=job.kind)
        else:
            record(actor, Action.JOB_FAILED, job, kind=job.kind, code="poison")


def _close_attempts(job_id: UUID, *, outcome: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE jobs_jobattempt SET ended_at = now(), outcome = %s"
            " WHERE job_id = %s AND ended_at IS NULL",
            [outcome, job_id],
        )
