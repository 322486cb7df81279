"""Clears away what dead workers left of jobs that have ended: unfinished objects and folders."""

from __future__ import annotations

import shutil
from contextlib import suppress
from uuid import UUID

from django.conf import settings

from voiceassets.core.context import platform_scope
from voiceassets.jobs.models import FINAL, Job
from voiceassets.storage import services as storage
from voiceassets.storage.models import ObjectState, StoredObject

BATCH = 500


def tidy() -> int:
    """Give up the pending objects of ended jobs, then remove their folders on this machine.

    A worker that lost its lease may still be writing: it finds its object gone, or its folder,
    and stops without a trace. Returns how many objects and folders went.
    """
    return _discard_objects() + _remove_folders()


def _discard_objects() -> int:
    with platform_scope():
        pending = StoredObject.objects.filter(state=ObjectState.PENDING, job_id__isnull=False)
        ended = _ended({row.job_id for row in pending.only("job_id")[:BATCH] if row.job_id})
    return sum(storage.discard_of_job(job_id) for job_id in ended)


def _remove_folders() -> int:
    folder = settings.WORK_DIR / "jobs"
    found = {}
    for path in folder.iterdir() if folder.exists() else ():
        with suppress(ValueError):
            found[UUID(path.name)] = path
    with platform_scope():
        ended = _ended(set(found))
    for job_id in ended:
        shutil.rmtree(found[job_id], ignore_errors=True)
    return len(ended)


def _ended(job_ids: set[UUID]) -> list[UUID]:
    jobs = Job.objects.filter(pk__in=job_ids, state__in=FINAL)
    return list(jobs.values_list("pk", flat=True))
