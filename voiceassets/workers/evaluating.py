"""Evaluates a version: it speaks the fixed sentences, beside the version in use or its own past."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from synthesis.bundles.base import BaseModel
from synthesis.bundles.bundle import VoiceBundle
from synthesis.errors import Stopped
from training.evaluation.page import write_report
from training.evaluation.report import Trial
from training.evaluation.scoring import report_lines
from training.tracking import MlflowTracker
from voiceassets.consent import gate
from voiceassets.core.context import tenant_scope
from voiceassets.jobs import leases
from voiceassets.registry import selectors
from voiceassets.registry import services as registry
from voiceassets.registry.evaluation import NIGHTLY
from voiceassets.registry.models import ModelVersion, Occasion
from voiceassets.workers import bundles, faults, reports
from voiceassets.workers.work import Work


def perform(work: Work) -> None:
    with tenant_scope(work.lease.tenant_id):
        version = _load(work)
        gate.require_unrevoked(version.consent)
        in_use = selectors.production_version(version.voice_model.speaker)
        past = selectors.baseline(version)
        against = in_use if in_use is not None and in_use.pk != version.pk else None
        folder = reports.named_folder(work, version)
        against_folder = None if against is None else reports.named_folder(work, against)
    styles = bundles.styles_of(VoiceBundle.open(folder))
    before = past.metrics if past is not None and against is None else None
    sentences_each = before.get("sentences_each") if before else None
    report = _speak(work, folder, against_folder, sentences_each)
    _track(version, report)
    found = reports.evaluated(
        work,
        report,
        occasion=_occasion(work),
        sentences_each=sentences_each,
        against=against,
        before=before,
    )
    faults.reach("written", work.lease.job_id)
    with tenant_scope(work.lease.tenant_id):
        leases.lock(work.lease)
        gate.require_unrevoked(version.consent, lock=True)
        registry.note_styles(version, styles)
        kept = registry.keep_evaluation(work.lease.actor, version=version, evaluated=found)
        leases.succeed(
            work.lease, result={"version": version.public_id, "evaluation": kept.public_id}
        )
        faults.reach("before_commit", work.lease.job_id)


def _load(work: Work) -> ModelVersion:
    rows = ModelVersion.objects.select_related("voice_model__speaker", "consent", "bundle")
    return rows.get(pk=work.lease.subject_id)


def _occasion(work: Work) -> Occasion:
    return Occasion.NIGHTLY if work.lease.requested_by == NIGHTLY else Occasion.ASKED


def _speak(work: Work, voice: Path, against: Path | None, sentences_each: int | None) -> Path:
    base = BaseModel.open(settings.BASE_MODEL_DIR)
    lines = report_lines(base.languages, sentences_each)

    def heard(name: str, done: int, total: int) -> None:
        work.report(name, done, total)
        if work.should_stop():
            raise Stopped("The evaluation was asked to stop.")

    trial = Trial(base=base, lines=lines, on_sentence=heard)
    report = trial.report([trial.score(voice)], voice, against)
    folder = work.scratch / "report"
    write_report(report, folder, {})
    return folder


def _track(version: ModelVersion, report: Path) -> None:
    """Put the report into the tracked run that the version came from, if there is one."""
    if not version.mlflow_run_id:
        return
    tracker = MlflowTracker(
        settings.MLFLOW_TRACKING_URI,
        experiment="finetune",
        artifact_folder=settings.MLFLOW_ARTIFACT_DIR,
    )
    tracker.begin(name="", facts={}, tags={}, run_id=version.mlflow_run_id)
    for path in sorted(report.iterdir()):
        tracker.artifact(path, "report")
    tracker.finish("FINISHED")
