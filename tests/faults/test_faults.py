"""The short form of `python -m tests.faults`: each point once, a frozen worker, a lost queue.

One worker serves all of it, because a start costs seconds.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import LazySettings

from tests.faults import killing, losing
from tests.faults.company import make_company
from tests.faults.platform import Platform
from voiceassets.runtime.testing import PrivateServers
from voiceassets.workers.faults import POINTS

LEASE_S = 3


@pytest.mark.django_db(transaction=True)
def test_every_job_ends_once_and_leaves_no_trace_whatever_happens_to_its_worker(
    private_servers: PrivateServers, settings: LazySettings, tmp_path: Path
) -> None:
    settings.WORK_DIR = tmp_path / "work"
    settings.OBJECT_STORE = f"file://{tmp_path / 'objects'}"
    company = make_company()
    programs = ("worker", "scheduler")
    with Platform(private_servers, lease_s=LEASE_S, names=programs, var=tmp_path) as platform:
        outcomes = [
            *(
                killing.kill_once(platform, company, lambda: company.speak(batch=True), point=point)
                for point in POINTS
            ),
            killing.pause(platform, company),
            losing.flush(platform, company, jobs=5),
        ]
    assert [str(outcome) for outcome in outcomes if outcome.wrong] == []
