"""Makes the cleaned copy of a recording that somebody asked for."""

from __future__ import annotations

from pathlib import Path

from synthesis.errors import Stopped
from training.prepare.analysis import analyse
from training.prepare.denoise import denoise
from training.prepare.ingest import IngestError, PreparationStopped, ingest
from voiceassets.core.context import tenant_scope
from voiceassets.corpus import services as corpus
from voiceassets.corpus.inspection import inspect
from voiceassets.corpus.models import Recording
from voiceassets.jobs import leases
from voiceassets.registry import lineage
from voiceassets.registry.lineage import Role
from voiceassets.storage import services as storage
from voiceassets.storage.backends import Written
from voiceassets.storage.models import Purpose, StoredObject
from voiceassets.workers import faults
from voiceassets.workers.work import Failed, Work


def perform(work: Work) -> None:
    with tenant_scope(work.lease.tenant_id):
        recording = Recording.objects.select_related("object", "transcript", "speaker").get(
            pk=work.lease.subject_id
        )
    cleaned = _clean(work, storage.fetch_to(recording.object, work.scratch / "source"))
    facts = inspect(cleaned, name=cleaned.name)
    faults.reach("before_write", work.lease.job_id)
    stored, written = _store(work, cleaned, Purpose.RECORDING, "audio/wav")
    transcript = None
    if recording.transcript is not None:
        text = storage.fetch_to(recording.transcript, work.scratch / "transcript")
        transcript = _store(work, text, Purpose.TRANSCRIPT, "text/plain")
    faults.reach("written", work.lease.job_id)
    with tenant_scope(work.lease.tenant_id):
        leases.lock(work.lease)
        copy = corpus.finish_denoising(
            work.lease.actor,
            source=recording,
            object=stored,
            written=written,
            facts=facts,
            transcript=transcript,
        )
        lineage.link(
            work.lease.tenant_id,
            role=Role.DENOISED_FROM,
            sources=[lineage.node(recording)],
            target=lineage.node(copy),
        )
        leases.succeed(work.lease, result={"recording": copy.public_id})
        faults.reach("before_commit", work.lease.job_id)


def _clean(work: Work, source: Path) -> Path:
    decoded, cleaned = work.scratch / "decoded.wav", work.scratch / "cleaned.wav"
    try:
        work.report("decode")
        facts = ingest(source, decoded, should_stop=work.should_stop)
        work.report("listen")
        analysis = analyse(decoded, facts)
        if work.should_stop():
            raise Stopped("The cleaning was asked to stop.")
        work.report("clean")
        denoise(decoded, cleaned, analysis.speech)
    except PreparationStopped as stopped:
        raise Stopped("The cleaning was asked to stop.") from stopped
    except IngestError as error:
        raise Failed(str(error.code), error.message) from error
    return cleaned


def _store(
    work: Work, path: Path, purpose: Purpose, content_type: str
) -> tuple[StoredObject, Written]:
    return storage.store_file(
        work.lease.tenant_id,
        path,
        purpose=purpose,
        content_type=content_type,
        created_by=work.lease.actor.id,
        job_id=work.lease.job_id,
    )
