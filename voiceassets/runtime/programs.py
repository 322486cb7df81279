"""The table of what the platform runs: set-up commands, then long-running programs."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass

from voiceassets.runtime.layout import ROOT, Layout
from voiceassets.runtime.processes import Program

CELERY = ("-m", "celery", "-A", "voiceassets.workers.app", "worker", "--loglevel=INFO")
WORKER = (*CELERY, "--without-gossip", "--without-mingle")
WEB_WORKER = "--worker-class=voiceassets.runtime.web_worker.Worker"
GUNICORN = ("-m", "gunicorn", "voiceassets.wsgi", WEB_WORKER, "--no-control-socket")
# Python runs one thread of a process at a time, so a web process makes use of one core. Most of its
# threads may wait for the engine (API_LONG_REQUESTS), and hold nothing but themselves then; the
# others answer meanwhile. The interactive worker takes as many jobs as its engine has slots.
WEB_PROCESSES, WEB_THREADS, BATCH_PROCESSES, INTERACTIVE_THREADS = 2, 24, 2, 16
# Of the database: whoever does a job has one for it and one for its heartbeat; one looks for
# withdrawn voices, one is the scheduler's, and one the batch worker's parent keeps from its start.
MOST_CONNECTIONS = WEB_PROCESSES * WEB_THREADS + 2 * (BATCH_PROCESSES + INTERACTIVE_THREADS) + 3

WEB = "web"
# A worker leaves after the step it is in: one of training may take seconds, then it is kept. What
# somebody listens to is finished first.
GRACE_S = {"worker": 30.0, "interactive": 30.0}
DEFAULT_GRACE_S = 10.0


@dataclass(frozen=True, kw_only=True)
class SetUp:
    """A command that runs to its end before the programs start."""

    name: str
    argv: tuple[str, ...]
    as_owner: bool = False


SET_UP: tuple[SetUp, ...] = (
    SetUp(name="migrate", argv=("manage.py", "migrate", "--no-input"), as_owner=True),
    SetUp(name="static", argv=("manage.py", "collectstatic", "--no-input", "--verbosity=0")),
)
# Only where people are about to sign in; a demo and a test make tenants of their own.
FIRST_LOGIN = SetUp(name="first-login", argv=("manage.py", "first_login"))


def platform_programs(
    layout: Layout, env: Mapping[str, str], *, port: int, web: bool, workers: bool
) -> tuple[Program, ...]:
    """What runs above the database and the broker.

    The batch worker is a pool of processes, so that a task which kills its process takes no other
    with it; the interactive worker is a pool of threads, which share one engine and its voices.
    """
    bind = (f"--bind=127.0.0.1:{port}", "--preload")
    size = (f"--workers={WEB_PROCESSES}", f"--threads={WEB_THREADS}")
    batch = ("--queues=cpu,batch,train", "--hostname=worker@%h", "--pool=prefork")
    interactive = ("--queues=interactive", "--hostname=interactive@%h", "--pool=threads")
    commands: dict[str, tuple[str, ...]] = {}
    if web:
        commands[WEB] = (*GUNICORN, *bind, *size, "--graceful-timeout=5")
    if workers:
        commands["worker"] = (*WORKER, *batch, f"--concurrency={BATCH_PROCESSES}")
        commands["interactive"] = (*WORKER, *interactive, f"--concurrency={INTERACTIVE_THREADS}")
        commands["scheduler"] = ("manage.py", "scheduler")
    return tuple(
        platform_program(layout, env, name=name, argv=argv) for name, argv in commands.items()
    )


def platform_program(
    layout: Layout, env: Mapping[str, str], *, name: str, argv: tuple[str, ...]
) -> Program:
    """A Python command of the platform, run in the checkout with the stack's environment.

    The database knows its connections by its name.
    """
    return Program(
        name=name,
        argv=(sys.executable, *argv),
        log=layout.log(name),
        env={**env, "PGAPPNAME": name},
        cwd=ROOT,
        grace_s=GRACE_S.get(name, DEFAULT_GRACE_S),
    )
