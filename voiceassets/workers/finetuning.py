"""Fine-tunes a voice on a frozen dataset and hands the bundle to the registry as a candidate."""

from __future__ import annotations

import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings

from synthesis.bundles.base import BaseModel
from synthesis.bundles.bundle import VoiceBundle
from synthesis.errors import EngineError
from training import finetune, memory
from training.finetune import FinetuneResult
from training.progress import Progress
from training.run_folder import RunFolder
from training.tracking import MlflowTracker
from voiceassets.consent import gate
from voiceassets.consent.models import Purpose as ConsentPurpose
from voiceassets.core.context import tenant_scope
from voiceassets.jobs import leases
from voiceassets.registry import selectors
from voiceassets.registry import services as registry
from voiceassets.registry.models import FineTune, ModelVersion, Occasion
from voiceassets.workers import bundles, estimating, faults, reports
from voiceassets.workers.work import Work


def perform(work: Work) -> None:
    with tenant_scope(work.lease.tenant_id):
        wanted = estimating.load(work)
        gate.require(wanted.speaker, ConsentPurpose.TRAIN)
    cost, result = _train(work, wanted)
    faults.reach("before_write", work.lease.job_id)
    stored, written = bundles.store(work, result.bundle_dir)
    evaluated = _evaluated(work, wanted, result)
    faults.reach("written", work.lease.job_id)
    with tenant_scope(work.lease.tenant_id):
        leases.lock(work.lease)
        version = registry.complete_finetune(
            work.lease.actor,
            finetune=wanted,
            bundle=stored,
            written=written,
            trained=_trained(wanted, result, cost),
            evaluated=evaluated,
        )
        leases.succeed(work.lease, result={"version": version.public_id, **cost})
        faults.reach("before_commit", work.lease.job_id)


def _train(work: Work, wanted: FineTune) -> tuple[dict[str, Any], FinetuneResult]:
    """What the training was estimated to cost and what memory it took, and its result."""
    dataset_dir = estimating.dataset_of(work, wanted)
    faults.reach("fetched", work.lease.job_id)
    with tenant_scope(work.lease.tenant_id):
        consents = (wanted.consent.public_id,)
        in_use = selectors.production_version(wanted.speaker)
        start_dir = _folder_of(work, wanted.continues)
        against_dir = _folder_of(work, in_use)

    training_dir = work.folder / "training"
    expected = estimating.require_memory(
        work, wanted, features=RunFolder(folder=training_dir).features
    )

    def report(progress: Progress) -> None:
        work.report(progress.stage, progress.done, progress.total, progress.eta_s)
        faults.reach("mid_work", work.lease.job_id)

    def train() -> FinetuneResult:
        return finetune.run(
            estimating.config_of(wanted),
            dataset_dir=dataset_dir,
            base_dir=settings.BASE_MODEL_DIR,
            work_dir=training_dir,
            out_dir=work.folder / "bundle",
            voice_dir=start_dir,
            against_dir=against_dir,
            on_progress=report,
            should_stop=work.should_stop,
            tracker=MlflowTracker(
                settings.MLFLOW_TRACKING_URI,
                experiment="finetune",
                artifact_folder=settings.MLFLOW_ARTIFACT_DIR,
            ),
            consent_ids=consents,
        )

    faults.reach("before_work", work.lease.job_id)
    # The worker's process holds more than a training does: engines, other rooms, the last job.
    memory.forget_peak()
    held_before_bytes = memory.held_bytes()
    try:
        result = train()
    except EngineError as error:
        if error.code != "another_run":
            raise
        # The folder is this job's own: the base or the platform was upgraded since it was begun.
        shutil.rmtree(training_dir)
        result = train()
    cost = {
        "estimate": expected.as_dict(),
        "held_before_bytes": held_before_bytes,
        "peak_bytes": memory.peak_bytes(),
    }
    return cost, result


def _folder_of(work: Work, version: ModelVersion | None) -> Path | None:
    return None if version is None else reports.named_folder(work, version)


def _evaluated(work: Work, wanted: FineTune, result: FinetuneResult) -> registry.Evaluated | None:
    """How the best pair of checkpoints spoke, beside the version in use as training began."""
    if result.report_dir is None:
        return None
    with tenant_scope(work.lease.tenant_id):
        in_use = selectors.production_version(wanted.speaker)
    return reports.evaluated(
        work,
        result.report_dir,
        occasion=Occasion.TRAINED,
        sentences_each=estimating.config_of(wanted).sentences,
        against=in_use,
    )


def _trained(wanted: FineTune, result: FinetuneResult, cost: dict[str, Any]) -> registry.Trained:
    base = BaseModel.open(settings.BASE_MODEL_DIR)
    return registry.Trained(
        bundle_hash=result.bundle_sha256,
        base_name=base.name,
        base_hash=result.base_hash,
        code_version=result.code_version,
        metrics={
            "settings": estimating.config_of(wanted).as_dict(),
            "cost": cost,
            "stages": result.metrics,
            "steps": result.steps,
            "chosen": result.chosen,
            "clips": result.clips,
            "audio_ms": result.audio_ms,
            "dropped": [asdict(entry) for entry in result.dropped],
            "held_out": result.held_out,
            "base_speaks": result.base_speaks,
            "tracking_failure": result.tracking_failure,
        },
        mlflow_run_id=result.mlflow_run_id or "",
        styles=bundles.styles_of(VoiceBundle.open(result.bundle_dir)),
    )
