"""Speaks a released asset again from its receipt and says equal, or where it differs."""

from __future__ import annotations

import av

from synthesis import audio
from synthesis.serving.orders import Priority
from voiceassets.assets import rederivation
from voiceassets.assets.making import Samples
from voiceassets.assets.models import Asset
from voiceassets.core.context import tenant_scope
from voiceassets.core.errors import Conflict
from voiceassets.jobs import leases
from voiceassets.provenance import samples
from voiceassets.storage import services as storage
from voiceassets.workers import engine_host, makings, speaking
from voiceassets.workers.work import Work


def perform(work: Work) -> None:
    with tenant_scope(work.lease.tenant_id):
        request = speaking.load(work)
        rederivation.receipt_of(request.asset)
        rederivation.require_rights(request.asset)
    bundle = engine_host.open_bundle(request.version, aside=work.scratch / "bundle")
    utterance = speaking.utterance_of(request, bundle.card.defaults)
    work.report("speaking")
    speech = engine_host.engine().speak(
        bundle,
        utterance,
        should_stop=work.should_stop,
        stream=request.streamed,
        client=str(work.lease.tenant_id),
        priority=Priority.BATCH,
    )
    now = makings.making(bundle, utterance, speech, streamed=request.streamed)
    then_s = _kept(work, request.asset)
    with tenant_scope(work.lease.tenant_id):
        leases.lock(work.lease)
        asset = Asset.objects.select_related("request__speaker", "request__version").get(
            pk=request.asset.pk
        )
        rederivation.require_rights(asset)
        verdict = rederivation.compare(
            asset, now=now, now_s=audio.to_int16(speech.pcm), then_s=then_s
        )
        rederivation.record_verdict(work.lease.actor, verdict)
        leases.succeed(work.lease, result=verdict.as_dict())


def _kept(work: Work, asset: Asset) -> Samples | None:
    """The old samples, where the asset's file still has them: without loss and watermark."""
    if asset.object is None:
        raise Conflict("This asset has no file any more.", code="not_released")
    try:
        path = storage.fetch_to(asset.object, work.scratch / "released")
        return samples.kept(path, asset.pcm_sha256)
    except av.FFmpegError:
        return None
