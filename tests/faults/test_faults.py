"""The short form of `python -m tests.faults`: each point once, a frozen worker, a lost queue.

One worker serves all of it, because a start costs seconds.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from django.conf import LazySettings

from tests.faults import killing, losing
from tests.faults.company import make_company
from tests.faults.platform import Platform
from voiceassets.runtime.testing import PrivateServers
from voiceassets.workers.faults import POINTS

LEASE_S = 2
# The promise is 5 s, and the program holds the platform to it; a test may run on a busy machine.
GRACE_S = 30.0


@pytest.mark.django_db(transaction=True)
def test_every_job_ends_once_and_leaves_no_trace_whatever_happens_to_its_worker(
    private_servers: PrivateServers, settings: LazySettings, tmp_path: Path
) -> None:
    settings.WORK_DIR = tmp_path / "work"
    settings.OBJECT_STORE = f"file://{tmp_path / 'objects'}"
    company = make_company()
    speak = partial(company.speak, batch=True)
    programs = ("worker", "scheduler")
    with Platform(private_servers, lease_s=LEASE_S, names=programs, var=tmp_path) as platform:
        outcomes = [
            *(
                killing.kill_once(platform, company, speak, point=point, grace_s=GRACE_S)
                for point in POINTS
            ),
            killing.pause(platform, company),
            losing.flush(platform, company, jobs=5),
        ]
    assert [str(outcome) for outcome in outcomes if outcome.wrong] == []
