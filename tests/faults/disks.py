"""Disks without room: file systems of the programs' own folders, filled to the last byte."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.faults.company import Company
    from tests.faults.killing import Outcome
    from tests.faults.platform import Platform

ROOM_BYTES = 512 * 1024**2
LEFT_BYTES = 4096


@contextmanager
def small_disks(*folders: Path) -> Iterator[bool]:
    """File systems of their own under the folders, which can be filled; False without the right."""
    mounted: list[Path] = []
    try:
        for folder in folders:
            folder.mkdir(parents=True, exist_ok=True)
            command = ["mount", "-t", "tmpfs", "-o", f"size={ROOM_BYTES}", "tmpfs", str(folder)]
            if subprocess.run(command, check=False, capture_output=True).returncode:
                break
            mounted.append(folder)
        yield len(mounted) == len(folders)
    finally:
        for folder in mounted:
            subprocess.run(["umount", "-l", str(folder)], check=True)


def fill_disk(platform: Platform, company: Company, folder: Path, *, relief: bool) -> Outcome:
    """No byte is free under `folder` while a job runs; with `relief` there is after a failure."""
    from tests.faults.checks import wrong_with  # needs the settings
    from tests.faults.killing import FINISH_TIMEOUT_S, Outcome, finish

    filler = folder / "filler"
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(folder).free - LEFT_BYTES)
    begun_s = time.monotonic()
    try:
        job = company.speak(batch=True)
        platform.wait_until(
            lambda: company.job(job).attempts > (0 if relief else 2), timeout_s=FINISH_TIMEOUT_S
        )
        if relief:
            platform.wait_until(
                lambda: company.job(job).state != "running", timeout_s=FINISH_TIMEOUT_S
            )
            filler.unlink()
        finish(platform, company, job)
    finally:
        filler.unlink(missing_ok=True)
    ended = company.job(job)
    wrong = wrong_with(company, job, state="succeeded" if relief else "failed")
    code = (ended.error or {}).get("code", "")
    if not relief and code != "storage_full":
        wrong.append(f"the error is {ended.error}")
    return Outcome(
        name=f"disk of {folder.name} full{', then not' if relief else ''}",
        figures=(
            f"{ended.attempts} attempts, {ended.state} {code} "
            f"after {time.monotonic() - begun_s:.1f} s"
        ),
        wrong=wrong,
    )
