"""Questions about jobs."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from voiceassets.jobs.models import FINAL, Job


def jobs(*, kind: str = "", state: str = "") -> QuerySet[Job]:
    """The tenant's jobs, newest first."""
    wanted = {"kind": kind, "state": state}
    return Job.objects.filter(**{k: v for k, v in wanted.items() if v}).order_by("-id")


def open_jobs_about(subject_ids: list[UUID]) -> QuerySet[Job]:
    """Jobs on these things that have not ended."""
    return Job.objects.filter(subject_id__in=subject_ids).exclude(state__in=FINAL)
