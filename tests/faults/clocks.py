"""Programs whose clock is an hour off: what is due, and whose turn it is, the database says."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from tests.faults.checks import wrong_with
from tests.faults.company import Company
from tests.faults.killing import Outcome, finish
from tests.faults.platform import Platform
from voiceassets.runtime.demo.person import Person

COMPILER = shutil.which("cc")
EVERY = ("worker", "interactive", "scheduler", "web")
# Loaded before the C library, it moves the time of day and leaves the clock that waits go by.
SOURCE = """
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t which, struct timespec *found)
{
    int failed = syscall(SYS_clock_gettime, which, found);
    const char *seconds = getenv("CLOCK_OFF_BY_S");
    if (!failed && which == CLOCK_REALTIME && seconds)
        found->tv_sec += atol(seconds);
    return failed;
}

time_t time(time_t *found)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (found)
        *found = now.tv_sec;
    return now.tv_sec;
}
"""


def library(folder: Path) -> Path:
    """Compiles what shifts the clocks."""
    source, made = folder / "clock.c", folder / "clock.so"
    source.write_text(SOURCE)
    command = [COMPILER or "cc", "-shared", "-fPIC", "-O1", "-o", str(made), str(source)]
    subprocess.run(command, check=True)
    return made


def skew(platform: Platform, company: Company, *, hours: int) -> Outcome:
    """Work is submitted, a worker dies of it, and all ends as it does by the right clock."""
    made = library(platform.servers.layout.var)
    env = {"LD_PRELOAD": str(made), "CLOCK_OFF_BY_S": str(hours * 3600)}
    alice = Person("Alice", url=platform.url, key=company.alice.token)
    asked = {"speaker": company.speaker.public_id, "text": "好。", "language": "zh"}
    wrong = []
    with platform.restarted(*EVERY, env=env):
        platform.order_kill("mid_work")
        killed = company.speak(batch=True)
        platform.await_kill()
        finish(platform, company, killed)
        accepted = alice.post("/v1/synthesis", asked).require(202)
        jobs = [killed, company.job_called(accepted.json["job"]["id"]), company.prepare()]
        finish(platform, company, *jobs)
        wrong += wrong_with(company, *jobs)
    attempts = company.job(killed).attempts
    if attempts != 2:
        wrong.append(f"the killed one took {attempts} attempts")
    return Outcome(
        name=f"clocks of all programs {hours:+d} h",
        figures=f"{len(jobs)} jobs, the killed one took {attempts} attempts",
        wrong=wrong,
    )
