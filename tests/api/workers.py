"""Threads that take the workers' place: woken for a job, they send its sound and end it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from uuid import UUID

import redis
from django.conf import settings
from django.db import connection

from tests.factories import Cast, release_request, worker_of
from voiceassets.assets import services as assets
from voiceassets.assets.live_audio import KEY
from voiceassets.assets.models import SynthesisRequest
from voiceassets.core.context import tenant_scope
from voiceassets.jobs import leases

CHUNKS = (b"\x01\x00" * 100, b"\x02\x00" * 100)
Work = Callable[[Cast, SynthesisRequest, leases.Lease], str]


def speaks(cast: Cast, request: SynthesisRequest, lease: leases.Lease) -> str:
    release_request(cast.alice.tenant, request)
    with tenant_scope(lease.tenant_id):
        leases.succeed(lease, result={})
    return "ok"


def finds_nothing_to_speak(cast: Cast, request: SynthesisRequest, lease: leases.Lease) -> str:
    with tenant_scope(lease.tenant_id):
        leases.fail(lease, code="unspeakable_text", message="Nothing here can be spoken.")
        assets.abandon(worker_of(cast.alice.tenant), asset=request.asset, code="unspeakable_text")
    return "unspeakable_text"


def is_refused(cast: Cast, request: SynthesisRequest, lease: leases.Lease) -> str:
    with tenant_scope(lease.tenant_id):
        leases.fail(lease, code="consent_revoked", message="The consent was revoked.")
        assets.refuse(worker_of(cast.alice.tenant), asset=request.asset, code="consent_revoked")
    return "consent_revoked"


def is_stopped(cast: Cast, request: SynthesisRequest, lease: leases.Lease) -> str:
    with tenant_scope(lease.tenant_id):
        leases.stopped(lease)
        assets.abandon(worker_of(cast.alice.tenant), asset=request.asset, code="cancelled")
    return "cancelled"


class Workers:
    """Takes the place of the broker: a wake-up starts a thread that does the job."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.work: Work = speaks
        self.chunks: Iterable[bytes] = CHUNKS
        self.broker = redis.Redis.from_url(settings.REDIS_URL)
        self.threads: list[threading.Thread] = []

    def wake(self, job_id: UUID, queue: str) -> bool:
        thread = threading.Thread(target=self._do, args=(job_id,))
        self.threads.append(thread)
        thread.start()
        return True

    def _do(self, job_id: UUID) -> None:
        try:
            lease = leases.claim(job_id, worker="test")
            assert lease is not None
            with tenant_scope(lease.tenant_id):
                request = SynthesisRequest.objects.select_related("asset").get(pk=lease.subject_id)
            key = KEY.format(synthesis_id=request.public_id)
            for chunk in self.chunks:
                self.broker.xadd(key, {"c": chunk})
            end = self.work(self.cast, request, lease)
            self.broker.xadd(key, {"end": end})
        finally:
            connection.close()
