"""The Celery application: one task, whose message is only a wake-up with a job's id."""

from __future__ import annotations

import multiprocessing
import os
from typing import Any
from uuid import UUID

import django
from celery import Celery
from celery.signals import setup_logging, worker_init, worker_shutting_down

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voiceassets.settings")

# Without Celery's own care for Django, which closes the database's connection around every task: a
# new one takes longer than to begin a job. A job closes one that is too old before it begins.
app = Celery("voiceassets", fixups=())
app.config_from_object("django.conf:settings", namespace="CELERY")

# Made before the pool forks, so that the parent can tell every child to reach a safe point.
draining = multiprocessing.Event()


@app.task(name="voiceassets.run_job")
def run_job(job_id: str) -> None:
    """Claim the job, or one of its queue whose company's turn it is, and do it."""
    from voiceassets.workers import running  # needs Django, which worker_init sets up

    running.run_in_turn(UUID(job_id), draining=draining.is_set)


@worker_init.connect
def _prepare(sender: Any, **_: object) -> None:
    """Set up Django and load the slow libraries once, in the parent: its children share them.

    A worker is ready, and takes jobs, when this is over; one that somebody waits for has its
    voices loaded by then.
    """
    django.setup()
    from django.db import connection

    from synthesis.text import phonemize
    from voiceassets.core.isolation import require_isolation
    from voiceassets.jobs.kinds import Queue
    from voiceassets.workers import (
        engine_host,
        running,  # noqa: F401  (slow: torch, and all that jobs need)
    )

    require_isolation()
    phonemize("您好", "zh")  # loads the dictionaries, which the first request would wait for
    # Of threads, as its pool has; the engine's own would not live on in a forked child.
    if Queue.INTERACTIVE in sender.app.amqp.queues.consume_from:
        engine_host.preload()
    connection.close()  # kept, if at all, by this process: a forked child takes none of it


@worker_shutting_down.connect
def _drain(**_: object) -> None:
    draining.set()


@setup_logging.connect
def _keep_djangos_logging(**_: object) -> None:
    """Connecting at all stops Celery from replacing the configured handlers."""
