"""Wakes workers for jobs whose message was lost or whose worker died.

A job that waits long is woken less often (after a quarter of its age, at most a minute), so that
a long queue is not flooded with messages it does not need.
"""

from __future__ import annotations

from django.db import connection

from voiceassets.core.context import platform_scope
from voiceassets.jobs import leases, wakeup
from voiceassets.jobs.kinds import Queue
from voiceassets.jobs.services import WAKE_AGAIN

DUE = """
UPDATE jobs_job SET wake_after = now() + interval '1 second'
       * greatest(%s, least(60, extract(epoch FROM now() - created_at) / 4))
 WHERE id IN (SELECT id FROM jobs_job WHERE state IN ('queued', 'running') AND wake_after < now()
              ORDER BY wake_after LIMIT %s FOR UPDATE SKIP LOCKED)
RETURNING id, queue, attempts, cancel_requested_at IS NOT NULL
"""
BATCH = 500


def sweep() -> int:
    """Send one wake-up for every job that is overdue; returns how many.

    A job that used up its attempts, or that was cancelled when its worker died, is given up here:
    no worker needs to touch it again.
    """
    with platform_scope(), connection.cursor() as cursor:
        cursor.execute(DUE, [WAKE_AGAIN.total_seconds(), BATCH])
        due = cursor.fetchall()
    for job_id, queue, attempts, cancelled in due:
        if attempts >= leases.MAX_ATTEMPTS or cancelled:
            leases.give_up(job_id)
        else:
            for name in _queues(queue, attempts=attempts):
                wakeup.send(job_id, name)
    return len(due)


def _queues(queue: str, *, attempts: int) -> tuple[str, ...]:
    """Where the job is offered next.

    The threads of an interactive worker die together, and their process takes long to come back.
    A job that lost its worker there is therefore offered to the batch processes as well, and at
    last only to them: one that kills would cost its neighbours an attempt each time.
    """
    if queue != Queue.INTERACTIVE or attempts == 0:
        return (queue,)
    return (Queue.BATCH,) if attempts == leases.MAX_ATTEMPTS - 1 else (queue, Queue.BATCH)
