"""Questions about jobs."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from voiceassets.core.context import Actor
from voiceassets.jobs.models import FINAL, Job
from voiceassets.tenants import keys


def jobs(actor: Actor, *, kind: str = "", state: str = "") -> QuerySet[Job]:
    """The jobs the actor may know of, newest first.

    A job is about a voice; who may not see every voice sees the jobs they asked for, with
    whichever of their keys.
    """
    wanted = {"kind": kind, "state": state}
    rows = Job.objects.filter(**{k: v for k, v in wanted.items() if v}).order_by("-id")
    if actor.all_voices and actor.voices is None:
        return rows
    return rows.filter(requested_by__in=keys.of_same_reach(actor))


def jobs_about(subject_id: UUID, *, since: datetime) -> QuerySet[Job]:
    """Jobs on one thing, however they ended, that were submitted since a moment."""
    return Job.objects.filter(subject_id=subject_id, created_at__gte=since)


def open_jobs_about(subject_ids: list[UUID]) -> QuerySet[Job]:
    """Jobs on these things that have not ended."""
    return Job.objects.filter(subject_id__in=subject_ids).exclude(state__in=FINAL)
