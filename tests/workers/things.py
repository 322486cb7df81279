"""Jobs about something real, and a worker's hands on them, for the tests of this room."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from tests.factories import Cast, make_request, make_voice
from voiceassets.assets.models import Asset
from voiceassets.audit import sealer
from voiceassets.audit.models import Event
from voiceassets.core.context import platform_scope
from voiceassets.jobs import leases
from voiceassets.jobs.leases import Lease
from voiceassets.jobs.models import Job
from voiceassets.workers import subscriptions


def ask(cast: Cast) -> Job:
    """Alice asks for a sentence; its job waits."""
    speaker, _ = make_voice(cast)
    request = make_request(cast.alice, speaker)
    assert request.job is not None
    return request.job


def claim(job: Job) -> Lease:
    lease = leases.claim(job.pk, worker="tests")
    assert lease is not None
    return lease


def expire(job: Job) -> None:
    """As if its worker had been silent for longer than the lease."""
    with platform_scope():
        long_ago = timezone.now() - timedelta(hours=1)
        Job.objects.filter(pk=job.pk).update(lease_until=long_ago, wake_after=long_ago)


def reread(job: Job) -> Job:
    with platform_scope():
        return Job.objects.get(pk=job.pk)


def asset_of(cast: Cast, job: Job) -> Asset:
    with cast.alice.scope():
        return Asset.objects.get(request_id=job.subject_id)


def code_of(job: Job) -> str | None:
    error = reread(job).error
    return error and error["code"]


def event_of(cast: Cast, action: str) -> Event:
    with cast.alice.scope():
        return Event.objects.get(action=action)


def deliver() -> None:
    """Seal what happened and hand it to every subscriber."""
    sealer.seal_pending()
    for name in subscriptions.SUBSCRIPTIONS:
        subscriptions.deliver(name)
