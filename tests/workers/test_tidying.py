"""What dead workers leave goes once their job has ended, and not before."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import LazySettings

from tests.factories import Cast
from tests.workers.things import ask, claim
from voiceassets.core.context import platform_scope, tenant_scope
from voiceassets.jobs import leases
from voiceassets.storage import services as storage
from voiceassets.storage.models import Purpose, StoredObject
from voiceassets.workers import tidying

pytestmark = pytest.mark.django_db


def state_of(stored: StoredObject) -> str:
    with platform_scope():
        return StoredObject.objects.get(pk=stored.pk).state


def test_it_takes_the_objects_and_the_folder_of_an_ended_job(
    cast: Cast, settings: LazySettings, tmp_path: Path
) -> None:
    settings.WORK_DIR = tmp_path
    job = ask(cast)
    lease = claim(job)
    folder = tmp_path / "jobs" / str(job.pk)
    (folder / "attempt-1").mkdir(parents=True)
    (tmp_path / "jobs" / "not a job").mkdir()
    left, upload = (
        storage.begin(lease.tenant_id, purpose=Purpose.AUDIO, created_by="tests", job_id=of)
        for of in (job.pk, None)
    )
    assert tidying.tidy() == 0, "somebody may still be working on it"
    with tenant_scope(lease.tenant_id):
        leases.succeed(lease, result={})
    assert tidying.tidy() == 2
    assert (state_of(left), folder.exists()) == ("erased", False)
    assert state_of(upload) == "pending", "it belongs to no job"
    assert tidying.tidy() == 0


def test_there_is_nothing_to_tidy_where_no_work_was_done(
    settings: LazySettings, tmp_path: Path
) -> None:
    settings.WORK_DIR = tmp_path / "nowhere"
    assert tidying.tidy() == 0
