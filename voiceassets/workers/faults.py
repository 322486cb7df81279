"""The places where a test may kill a worker: nothing happens unless it says which."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from uuid import UUID

POINTS = (
    "claimed",
    "fetched",
    "before_work",
    "mid_work",
    "before_write",
    "written",
    "before_commit",
    "committed",
)


def reach(point: str, job_id: UUID) -> None:
    """Die here by SIGKILL if the file named by VOICEASSETS_FAULT holds this point.

    The first process to come by takes the file with it, so that one dies. A file that also holds
    the id of a job stays: every process that takes that job to this point dies of it.
    """
    name = os.environ.get("VOICEASSETS_FAULT")
    if not name:
        return
    order = Path(name)
    words = order.read_text().split() if order.exists() else []
    if words == [point]:
        order.unlink()
    elif words != [point, str(job_id)]:
        return
    os.kill(os.getpid(), signal.SIGKILL)
