"""A job in a worker's hands: its heartbeat, its folders, and what tells it to stop."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import LazySettings

from tests.factories import Cast
from tests.workers.things import ask, claim, expire, reread
from voiceassets.jobs import services
from voiceassets.runtime.processes import wait_until
from voiceassets.workers.work import Work


@pytest.fixture(autouse=True)
def work_dir(settings: LazySettings, tmp_path: Path) -> Path:
    settings.WORK_DIR = tmp_path
    return tmp_path


@pytest.mark.django_db(transaction=True)
def test_heartbeats_keep_the_lease_show_the_progress_and_bring_the_stop(
    cast: Cast, settings: LazySettings
) -> None:
    settings.JOB_LEASE_S = 1
    job = ask(cast)
    with Work(claim(job), draining=lambda: False) as work:
        expire(job)
        work.report("training", 3, 9, 60.4)
        assert wait_until(lambda: reread(job).done == 3, timeout_s=10)
        seen = reread(job)
        assert (seen.stage, seen.total, seen.eta_s) == ("training", 9, 60)
        assert seen.lease_until is not None
        assert seen.lease_until > seen.created_at
        assert not work.should_stop()
        with cast.alice.scope() as alice:
            services.cancel(alice, job=job)
        assert wait_until(work.should_stop, timeout_s=10)
        assert (work.cancelled, work.lost) == (True, False)


@pytest.mark.django_db(transaction=True)
def test_heartbeats_tell_when_somebody_else_holds_the_job(
    cast: Cast, settings: LazySettings
) -> None:
    settings.JOB_LEASE_S = 1
    job = ask(cast)
    with Work(claim(job), draining=lambda: False) as work:
        expire(job)
        claim(job)
        assert wait_until(work.should_stop, timeout_s=10)
        assert work.lost


@pytest.mark.django_db
def test_a_draining_worker_is_asked_to_stop(cast: Cast) -> None:
    draining = False
    with Work(claim(ask(cast)), draining=lambda: draining) as work:
        assert not work.should_stop()
        draining = True
        assert work.should_stop()


@pytest.mark.django_db
def test_the_folder_outlives_an_attempt_and_its_scratch_does_not(
    cast: Cast, work_dir: Path
) -> None:
    job = ask(cast)
    with Work(claim(job), draining=lambda: False) as work:
        work.make_folders()
        (work.folder / "checkpoint").touch()
        (work.scratch / "half a file").touch()
    expire(job)
    with Work(claim(job), draining=lambda: False) as again:
        again.make_folders()
        assert again.scratch.name == "attempt-2"
        assert (again.folder / "checkpoint").exists()
        assert not work.scratch.exists()
        again.remove_folder()
    assert list(work_dir.glob("jobs/*")) == []
