"""Jobs about something real, and a worker's hands on them, for the tests of this room."""

from __future__ import annotations

import io
import tarfile
from datetime import timedelta

from django.utils import timezone

from synthesis.bundles.bundle import VoiceBundle
from tests.factories import (
    Cast,
    make_consent,
    make_file,
    make_finetune,
    make_request,
    make_speaker,
    make_voice,
    worker_of,
)
from voiceassets.assets.models import Asset
from voiceassets.audit import sealer
from voiceassets.audit.models import Event
from voiceassets.core.context import platform_scope
from voiceassets.jobs import leases
from voiceassets.jobs import services as jobs
from voiceassets.jobs.leases import Lease
from voiceassets.jobs.models import Job
from voiceassets.registry import services as registry
from voiceassets.registry.models import ModelVersion
from voiceassets.storage.models import Purpose
from voiceassets.workers import subscriptions


def make_version(cast: Cast, voice: VoiceBundle) -> ModelVersion:
    """A candidate of a new speaker whose bundle is this voice, as if it had been trained."""
    speaker = make_speaker(cast.alice)
    make_consent(cast.alice, speaker)
    finetune = make_finetune(cast.alice, speaker)
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as tar:
        for path in sorted(voice.sealed.folder.iterdir()):
            tar.add(path, arcname=path.name)
    bundle, written = make_file(cast.alice.tenant, content.getvalue(), purpose=Purpose.BUNDLE)
    with cast.alice.scope() as alice:
        assert finetune.job is not None
        jobs.cancel(alice, job=finetune.job)  # its result is here already
        return registry.complete_finetune(
            worker_of(cast.alice.tenant),
            finetune=finetune,
            bundle=bundle,
            written=written,
            trained=registry.Trained(
                bundle_hash=voice.sha256, base_name="tiny", base_hash="0" * 64, code_version="test"
            ),
        )


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
