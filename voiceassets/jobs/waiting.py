"""How many jobs may wait: in all, so that a rush is told to come back, and of each tenant, so that
one company's rush is not everybody's."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db.models import Count

from voiceassets.core.context import platform_scope
from voiceassets.core.errors import Unavailable
from voiceassets.jobs.kinds import Queue
from voiceassets.jobs.models import Job, JobState
from voiceassets.tenants.metering import QuotaExceeded

# A count may be this old: a bound is not a quota, and a rush pays for one count, not for each.
COUNT_AGAIN_S = 0.25
RETRY_AFTER_S = 5


class QueueFull(Unavailable):
    """As many jobs wait as the platform takes."""

    code = "queue_full"


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """How many jobs of a queue waited at `counted_s`, by the monotonic clock, of which tenant."""

    queue: Queue
    of_tenant: Mapping[UUID, int]
    counted_s: float

    def require_room(self, tenant_id: UUID, *, more: int = 1) -> None:
        """Let `more` jobs in, or say when to come back; call it before they are made.

        Raises:
            QuotaExceeded: `too_many_waiting`, the tenant has its share waiting already.
            QueueFull: all tenants together fill the queue.
        """
        in_all, each = settings.JOBS_WAITING_MOST[self.queue]
        own = self.of_tenant.get(tenant_id, 0)
        if own + more > each:
            raise QuotaExceeded(
                f"Your company has {own} jobs waiting in this queue, of {each} at most; send more "
                "when some of them have ended.",
                code="too_many_waiting",
                limit=each,
                used=own,
            )
        if sum(self.of_tenant.values()) + more > in_all:
            raise QueueFull(
                f"The queue is full; try again in {RETRY_AFTER_S} s.", retry_after_s=RETRY_AFTER_S
            )


_counted: dict[Queue, Waiting] = {}


def in_queue(queue: Queue) -> Waiting:
    """What waits now, or did a moment ago; call it outside any scope."""
    known = _counted.get(queue)
    if known is None or time.monotonic() - known.counted_s > COUNT_AGAIN_S:
        with platform_scope():
            rows = Job.objects.filter(queue=queue, state=JobState.QUEUED).order_by()
            counts = rows.values_list("tenant_id").annotate(count=Count("pk"))
            known = Waiting(queue=queue, of_tenant=dict(counts), counted_s=time.monotonic())
        _counted[queue] = known
    return known
