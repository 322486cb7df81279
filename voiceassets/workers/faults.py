"""The places where a test may kill a worker: nothing happens unless it says which."""

from __future__ import annotations

import os
import signal
from pathlib import Path

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


def reach(point: str) -> None:
    """Die here by SIGKILL if the file named by VOICEASSETS_FAULT holds this point; once."""
    name = os.environ.get("VOICEASSETS_FAULT")
    if not name:
        return
    order = Path(name)
    if order.exists() and order.read_text().strip() == point:
        order.unlink()
        os.kill(os.getpid(), signal.SIGKILL)
