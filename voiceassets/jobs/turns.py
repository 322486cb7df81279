"""Companies take turns: which waiting job a worker begins when a message wakes it.

Messages come in the order in which jobs were submitted, so a company that submits many at once
would be served before everybody after it. But a message is only a wake-up, and there is one for
every waiting job: whichever arrives, the worker begins the oldest job of the company that was
served longest ago in that queue.
"""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from django.db import connection

from voiceassets.core.context import platform_glance
from voiceassets.core.statements import found
from voiceassets.jobs.models import Job

# Another worker may be faster each time; then the sweeper sends what is left over again.
MOST_TRIES = 16

# The oldest job of every company that waits, found by one step in the index for each of them.
NEXT = """
WITH RECURSIVE waiting (tenant_id, id) AS (
    SELECT '00000000-0000-0000-0000-000000000000'::uuid, NULL::uuid
    UNION ALL
    SELECT oldest.tenant_id, oldest.id FROM waiting CROSS JOIN LATERAL (
        SELECT job.tenant_id, job.id FROM jobs_job job
         WHERE job.queue = %(queue)s AND job.state = 'queued' AND job.started_at IS NULL
           AND job.tenant_id > waiting.tenant_id
         ORDER BY job.tenant_id, job.id LIMIT 1) oldest
)
SELECT id FROM waiting WHERE id IS NOT NULL
 ORDER BY (SELECT job.started_at FROM jobs_job job
            WHERE job.queue = %(queue)s AND job.tenant_id = waiting.tenant_id
              AND job.started_at IS NOT NULL
            ORDER BY job.started_at DESC LIMIT 1) NULLS FIRST, id
 LIMIT 1
"""


def chosen(job_id: UUID) -> Iterator[UUID]:
    """The jobs to try, one after the other until one is begun, when this job's message arrives.

    A job that was begun before is tried itself: its message came when its time had come.
    """
    with platform_glance():
        woken = found(Job, "SELECT * FROM jobs_job WHERE id = %s", [job_id])
    for job in woken:
        if job.started_at is not None and not job.is_final:
            yield job_id
        for _ in range(MOST_TRIES):
            with platform_glance(), connection.cursor() as cursor:
                cursor.execute(NEXT, {"queue": job.queue})
                row = cursor.fetchone()
            if row is None:
                return
            yield row[0]
