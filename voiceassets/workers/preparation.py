"""Prepares an uploaded recording: decode, measure, slice, and match with its transcript."""

from __future__ import annotations

from dataclasses import asdict

from django.conf import settings

from synthesis.errors import EngineError, Stopped
from training.prepare.doubts import UNFIT_FOR_TRAINING
from training.prepare.doubts import Doubt as Heard
from training.prepare.ears import Ears
from training.prepare.ingest import IngestError, PreparationStopped
from training.prepare.pipeline import PreparedRecording as Cut
from training.prepare.pipeline import PreparedSegment as Slice
from training.prepare.pipeline import prepare_recording
from training.prepare.transcribe import (
    Transcript,
    TranscriptError,
    TranscriptFormat,
    parse_transcript,
)
from voiceassets.core.context import tenant_scope
from voiceassets.corpus import preparation
from voiceassets.corpus.models import Recording
from voiceassets.corpus.prepared import Doubt, PreparedRecording, PreparedSegment
from voiceassets.jobs import leases
from voiceassets.storage import services as storage
from voiceassets.storage.models import Purpose
from voiceassets.workers import faults, screening
from voiceassets.workers.work import Failed, Work


def perform(work: Work) -> None:
    with tenant_scope(work.lease.tenant_id):
        recording = _load(work)
        preparation.start_preparation(work.lease.actor, recording=recording)
    cut = _cut(work, recording)
    voice = screening.voice_of(cut.segments)
    faults.reach("before_write", work.lease.job_id)
    prepared = PreparedRecording(
        report={**cut.report.as_dict(), "gain_db": cut.gain_db},
        transcript_note=cut.transcript_note,
        segments=()
        if cut.needs_transcript
        else tuple(_store(work, piece) for piece in cut.segments),
        dropped=tuple(asdict(piece) for piece in cut.dropped),
        doubts=_doubts(cut.doubts),
    )
    faults.reach("written", work.lease.job_id)
    with tenant_scope(work.lease.tenant_id):
        leases.lock(work.lease)
        checked = preparation.finish_preparation(
            work.lease.actor,
            recording=recording,
            prepared=screening.screened(prepared, recording=recording, voice=voice),
        )
        leases.succeed(
            work.lease,
            result={"recording": recording.public_id, "state": checked.state},
        )
        faults.reach("before_commit", work.lease.job_id)


def _load(work: Work) -> Recording:
    return Recording.objects.select_related("object", "transcript", "speaker").get(
        pk=work.lease.subject_id
    )


def _cut(work: Work, recording: Recording) -> Cut:
    source = storage.fetch_to(recording.object, work.scratch / "source")
    try:
        transcript = _transcript(work, recording)
        faults.reach("fetched", work.lease.job_id)
        faults.reach("before_work", work.lease.job_id)
        cut = prepare_recording(
            source,
            transcript,
            language=recording.language,
            work_dir=work.scratch / "prepared",
            ears=ears_of_this_machine(),
            on_progress=work.report,
            should_stop=work.should_stop,
        )
    except PreparationStopped as stopped:
        raise Stopped("Preparation was asked to stop.") from stopped
    except IngestError as error:
        raise Failed(str(error.code), error.message) from error
    except TranscriptError as error:
        raise Failed("bad_transcript", error.message) from error
    except EngineError as error:
        raise Failed(error.code, error.message) from error
    faults.reach("mid_work", work.lease.job_id)
    return cut


def ears_of_this_machine() -> Ears:
    """What this machine has to listen with: its base, if one is there, and a Whisper model."""
    base = settings.BASE_MODEL_DIR
    return Ears.of(base if base.exists() else None, settings.TRANSCRIBER_DIR)


def _doubts(heard: tuple[Heard, ...]) -> tuple[Doubt, ...]:
    return tuple(
        Doubt(
            code=doubt.code.value,
            message=doubt.message,
            fix=doubt.fix,
            is_unfit=doubt.code in UNFIT_FOR_TRAINING,
        )
        for doubt in heard
    )


def _transcript(work: Work, recording: Recording) -> Transcript | None:
    if recording.transcript is None:
        return None
    path = storage.fetch_to(recording.transcript, work.scratch / "transcript")
    return parse_transcript(
        path.read_bytes(),
        TranscriptFormat(recording.transcript_format),
        recording_name=recording.original_name,
    )


def _store(work: Work, piece: Slice) -> PreparedSegment:
    stored, written = storage.store_file(
        work.lease.tenant_id,
        piece.wav_path,
        purpose=Purpose.SEGMENT,
        content_type="audio/wav",
        created_by=work.lease.actor.id,
        job_id=work.lease.job_id,
    )
    return PreparedSegment(
        start_ms=piece.start_ms,
        end_ms=piece.end_ms,
        object=stored,
        written=written,
        text=piece.text or "",
        language=piece.language or "",
        report={**piece.report.as_dict(), "speaker_similarity": piece.speaker_similarity},
        doubts=_doubts(piece.doubts),
    )
