"""Freezes a dataset: one manifest whose hash stands for every clip, text and language."""

from __future__ import annotations

from typing import Any

from training.prepare.coverage import as_plain, coverage
from training.prepare.manifest import MANIFEST_NAME
from training.prepare.selection import Decision
from voiceassets.core.context import tenant_scope
from voiceassets.corpus import freezing
from voiceassets.corpus.models import Dataset
from voiceassets.corpus.prepared import FrozenDataset
from voiceassets.jobs import leases
from voiceassets.storage import services as storage
from voiceassets.storage.models import Purpose
from voiceassets.workers import clips, faults
from voiceassets.workers.work import Work


def perform(work: Work) -> None:
    with tenant_scope(work.lease.tenant_id):
        dataset = _load(work)
    folder = work.scratch / "dataset"
    best = clips.choose(work, dataset)
    manifest = clips.lay_out(work, dataset, folder, best)
    faults.reach("before_write", work.lease.job_id)
    stored, written = storage.store_file(
        work.lease.tenant_id,
        folder / MANIFEST_NAME,
        purpose=Purpose.DATASET,
        content_type="application/json",
        created_by=work.lease.actor.id,
        job_id=work.lease.job_id,
    )
    faults.reach("written", work.lease.job_id)
    with tenant_scope(work.lease.tenant_id):
        leases.lock(work.lease)
        freezing.finish_freeze(
            work.lease.actor,
            dataset=dataset,
            frozen=FrozenDataset(
                object=stored,
                written=written,
                content_hash=manifest.content_sha256,
                clip_sha256s=tuple(clip.sha256 for clip in manifest.clips),
                coverage=as_plain(coverage((c.text, c.language) for c in manifest.clips)),
                selection=None if best is None else tuple(_as_plain(one) for one in best.decisions),
            ),
        )
        leases.succeed(work.lease, result={"dataset": dataset.public_id})
        faults.reach("before_commit", work.lease.job_id)


def _load(work: Work) -> Dataset:
    return Dataset.objects.get(pk=work.lease.subject_id)


def _as_plain(decision: Decision) -> dict[str, Any]:
    return {
        "segment": decision.key,
        "is_chosen": decision.is_chosen,
        "reason": decision.reason,
    }
