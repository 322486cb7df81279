"""Gives a version another style, or takes one away: the bundle written anew, for a candidate."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from synthesis.bundles.base import BaseModel
from synthesis.bundles.bundle import VoiceBundle
from synthesis.bundles.styles import Clip, with_style, without_style
from synthesis.errors import Stopped
from training.tracking import code_version
from voiceassets.core.context import tenant_scope
from voiceassets.jobs import leases
from voiceassets.registry import services as registry
from voiceassets.registry.models import StyleChange, StyleClip
from voiceassets.storage import services as storage
from voiceassets.workers import bundles, engine_host, faults
from voiceassets.workers.work import Work


def perform(work: Work) -> None:
    with tenant_scope(work.lease.tenant_id):
        wanted = _load(work)
        registry.require_rights(wanted)
        rows = list(wanted.clips.select_related("segment__object").order_by("position"))
    source = engine_host.open_bundle(wanted.source, aside=work.scratch / "source")
    clips = [_fetched(work, row) for row in rows]
    faults.reach("fetched", work.lease.job_id)
    bundle = _rewritten(work, wanted, source, clips)
    faults.reach("before_write", work.lease.job_id)
    stored, written = bundles.store(work, bundle.sealed.folder)
    faults.reach("written", work.lease.job_id)
    with tenant_scope(work.lease.tenant_id):
        leases.lock(work.lease)
        version = registry.complete_style(
            work.lease.actor,
            change=wanted,
            bundle=stored,
            written=written,
            restyled=registry.Restyled(
                bundle_hash=bundle.sha256,
                code_version=code_version(),
                styles=bundles.styles_of(bundle),
            ),
        )
        leases.succeed(work.lease, result={"version": version.public_id})
        faults.reach("before_commit", work.lease.job_id)


def _load(work: Work) -> StyleChange:
    rows = StyleChange.objects.select_related(
        "speaker", "source__bundle", "source__consent", "source__voice_model__speaker"
    )
    return rows.get(pk=work.lease.subject_id)


def _fetched(work: Work, row: StyleClip) -> Clip:
    segment = row.segment
    path: Path = storage.fetch_to(segment.object, work.scratch / f"{segment.pk}.wav")
    return Clip(path=path, transcript=segment.text, language=segment.language, timbre=row.timbre)


def _rewritten(
    work: Work, wanted: StyleChange, source: VoiceBundle, clips: list[Clip]
) -> VoiceBundle:
    if work.should_stop():
        raise Stopped("The change of a style was asked to stop.")
    work.report("measure clips", 0, len(clips))
    faults.reach("before_work", work.lease.job_id)
    folder = work.scratch / "bundle"
    if wanted.removes:
        written = without_style(source, folder, name=wanted.name)
    else:
        base = BaseModel.open(settings.BASE_MODEL_DIR)
        written = with_style(source, folder, name=wanted.name, clips=clips, base=base)
    faults.reach("mid_work", work.lease.job_id)
    return written
