"""Submitting and cancelling jobs: what people do. What workers do is in `leases`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from voiceassets.audit.actions import Action
from voiceassets.audit.services import record
from voiceassets.core.context import Actor, request_id
from voiceassets.core.errors import Conflict
from voiceassets.core.models import TenantOwned
from voiceassets.core.statements import insert
from voiceassets.core.tracing import traceparent
from voiceassets.jobs import wakeup
from voiceassets.jobs.kinds import QUEUE_OF, JobKind
from voiceassets.jobs.models import Job, JobState
from voiceassets.tenants.permissions import Permission
from voiceassets.tenants.policy import authorize

# With the sweeper's own second, a message that was lost costs less than five.
WAKE_AGAIN = timedelta(seconds=3)


def submit(actor: Actor, *, kind: JobKind, tenant_id: UUID, subject_id: UUID) -> Job:
    """A queued job, part of the caller's transaction; a worker is woken once that commits.

    The caller has authorized the actor and records the decision, naming this job.
    """
    job = queued(actor, kind=kind, tenant_id=tenant_id, subject_id=subject_id)
    insert(job)
    return job


def queued(actor: Actor, *, kind: JobKind, tenant_id: UUID, subject_id: UUID) -> Job:
    """What `submit` makes, for callers that `insert` it together with what it is about."""
    job = Job(
        tenant_id=tenant_id,
        kind=kind,
        queue=QUEUE_OF[kind],
        subject_id=subject_id,
        requested_by=actor.id,
        request_id=request_id.get(),
        traceparent=traceparent.get(),
        wake_after=Now() + WAKE_AGAIN,
    )
    transaction.on_commit(lambda: wakeup.send(job.pk, job.queue) and None)
    return job


def submit_many(actor: Actor, *, kind: JobKind, subjects: Sequence[TenantOwned]) -> list[Job]:
    """Queued jobs on some things, in the order of the things, as `submit` makes one.

    No message is sent: the sweeper wakes workers for them, a few hundred at a time.
    """
    return Job.objects.bulk_create(
        Job(
            tenant_id=subject.tenant_id,
            kind=kind,
            queue=QUEUE_OF[kind],
            subject_id=subject.pk,
            requested_by=actor.id,
            request_id=request_id.get(),
            traceparent=traceparent.get(),
            wake_after=Now(),
        )
        for subject in subjects
    )


@transaction.atomic
def cancel(actor: Actor, *, job: Job) -> Job:
    """Cancel a queued job at once; ask a running one to stop at its next safe point."""
    authorize(actor, Permission.JOBS_CANCEL)
    return stop(actor, job=job)


def stop(actor: Actor, *, job: Job) -> Job:
    """`cancel` for callers that were authorized otherwise, such as a revocation."""
    locked = Job.objects.select_for_update().get(pk=job.pk)
    if locked.is_final:
        raise Conflict(f"This job is {locked.state} already; there is nothing to cancel.")
    if locked.state == JobState.QUEUED:
        locked.state = JobState.CANCELLED
        locked.finished_at = Now()
        locked.save(update_fields=["state", "finished_at"])
        record(actor, Action.JOB_CANCELLED, locked)
    elif locked.cancel_requested_at is None:
        locked.cancel_requested_at = Now()
        locked.save(update_fields=["cancel_requested_at"])
        record(actor, Action.JOB_CANCEL_REQUESTED, locked)
    locked.refresh_from_db()
    return locked


def forget_messages(subject_ids: Sequence[UUID]) -> None:
    """Keep why jobs about these things failed as a code only: a message may quote what was said."""
    for job in Job.objects.filter(subject_id__in=subject_ids).exclude(error=None):
        job.error = {**(job.error or {}), "message": ""}
        job.save(update_fields=["error"])
