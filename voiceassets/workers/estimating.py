"""Says what a fine-tune would cost on this worker's machine, and refuses one that does not fit."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from training import memory, preflight
from training.config import FinetuneConfig
from training.files import read_json, write_json
from training.preflight import Estimate
from voiceassets.consent import gate
from voiceassets.consent.models import Purpose
from voiceassets.core.context import tenant_scope
from voiceassets.jobs import leases
from voiceassets.registry import services as registry
from voiceassets.registry.models import FineTune
from voiceassets.workers import clips
from voiceassets.workers.work import Failed, Work

BYTES_PER_GIB = 1 << 30


def perform(work: Work) -> None:
    with tenant_scope(work.lease.tenant_id):
        wanted = load(work)
        gate.require(wanted.speaker, Purpose.TRAIN)
    found = _estimate(work, wanted)
    with tenant_scope(work.lease.tenant_id):
        leases.lock(work.lease)
        leases.succeed(work.lease, result=found.as_dict())


def load(work: Work) -> FineTune:
    """The fine-tune that a job is about, in the caller's scope."""
    rows = FineTune.objects.select_related("speaker", "dataset", "consent", "continues__bundle")
    return rows.get(pk=work.lease.subject_id)


def config_of(wanted: FineTune) -> FinetuneConfig:
    asked = registry.TrainingSettings(**wanted.settings)
    return asked.config(wanted.dataset.duration_ms)


def dataset_of(work: Work, wanted: FineTune) -> Path:
    """The folder of the dataset; an earlier attempt may have laid it out."""
    folder = work.folder / "dataset"
    if not folder.exists():
        clips.lay_out(work, wanted.dataset, folder)
    return folder


def require_memory(work: Work, wanted: FineTune, *, features: Path) -> Estimate:
    """What the fine-tune will cost, tried once for all attempts; `features` are its to use.

    Raises:
        Failed: the machine has not the memory now.
    """
    path = work.folder / "estimate.json"
    stored = read_json(path)
    found = Estimate(**stored) if stored else _estimate(work, wanted, features)
    if stored is None:
        write_json(path, vars(found))
    available_bytes = memory.available_bytes()
    if found.peak_bytes > available_bytes:
        raise Failed(
            "not_enough_memory",
            f"This training needs {found.peak_bytes / BYTES_PER_GIB:.1f} GiB of memory, and the"
            f" worker's machine has {available_bytes / BYTES_PER_GIB:.1f} GiB to spare. Set"
            " `recompute`, or less `acoustic.batch_frames` and `semantic.batch_frames`, or train"
            " on a larger machine.",
        )
    return found


def _estimate(work: Work, wanted: FineTune, features: Path | None = None) -> Estimate:
    work.report("estimate", 0, 1)
    return preflight.estimate(
        config_of(wanted),
        dataset_dir=dataset_of(work, wanted),
        base_dir=settings.BASE_MODEL_DIR,
        cache=features,
        should_stop=work.should_stop,
    )
