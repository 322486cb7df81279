"""Tells a worker that a job waits; losing the message costs time, never the job."""

from __future__ import annotations

import logging
from functools import cache
from uuid import UUID

from celery import Celery
from kombu.exceptions import OperationalError

from voiceassets.jobs.kinds import Queue

TASK = "voiceassets.run_job"

log = logging.getLogger(__name__)


@cache
def _producer() -> Celery:
    app = Celery("voiceassets-producer", set_as_current=False)
    app.config_from_object("django.conf:settings", namespace="CELERY")
    # By default a request would wait six seconds for a broker that is away; the sweeper need not.
    app.conf.broker_transport_options = {**app.conf.broker_transport_options, "max_retries": 0}
    return app


def send(job_id: UUID, queue: str) -> bool:
    """Whether the broker took the message; if not, the sweeper sends it again."""
    try:
        _producer().send_task(TASK, args=[str(job_id)], queue=Queue(queue).value, retry=False)
    except (OperationalError, OSError) as error:
        log.warning("wake-up not sent", extra={"job_id": str(job_id), "reason": str(error)})
        return False
    return True
