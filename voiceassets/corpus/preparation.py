"""How a recording's preparation went: started, finished with a verdict, or failed."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from voiceassets.audit.actions import Action
from voiceassets.audit.services import transition
from voiceassets.core.context import Actor
from voiceassets.corpus.models import Recording, RecordingState, Segment
from voiceassets.corpus.prepared import Doubt, PreparedRecording, PreparedSegment
from voiceassets.corpus.quality import (
    SEGMENT_THRESHOLDS,
    Outcome,
    Reason,
    Verdict,
    verdict,
    worst,
)
from voiceassets.corpus.recordings import remove_segments
from voiceassets.storage import services as storage

STATE_OF: dict[Outcome, RecordingState] = {
    Outcome.ACCEPTED: RecordingState.ACCEPTED,
    Outcome.NEEDS_REVIEW: RecordingState.NEEDS_REVIEW,
    Outcome.REJECTED: RecordingState.REJECTED,
}
NOTHING_USABLE = Reason(
    code="no_usable_segment",
    outcome=Outcome.REJECTED,
    message="No part of the recording is clean speech of 2 to 10 s that the transcript covers.",
    fix="Check that the transcript belongs to this recording, or re-record in whole sentences.",
)


@transaction.atomic
def start_preparation(actor: Actor, *, recording: Recording) -> Recording:
    """A worker has begun; a second worker, after the first has died, changes nothing.

    Raises:
        IllegalTransition: the recording was deleted or decided meanwhile.
    """
    locked = Recording.objects.select_for_update().get(pk=recording.pk)
    if locked.state == RecordingState.PREPARING:
        return locked
    return transition(actor, locked, to=RecordingState.PREPARING, action=Action.RECORDING_PREPARING)


@transaction.atomic
def finish_preparation(
    actor: Actor, *, recording: Recording, prepared: PreparedRecording
) -> Recording:
    """Keep what a worker made of a recording, and say what that is worth.

    Raises:
        IllegalTransition: the recording was deleted or decided meanwhile.
    """
    judged = judge(prepared)
    state = STATE_OF[judged.outcome]
    if prepared.transcript_note and judged.outcome is not Outcome.REJECTED:
        state = RecordingState.NEEDS_TRANSCRIPT
    checked = transition(
        actor,
        recording,
        to=state,
        action=Action.RECORDING_CHECKED,
        note={"reasons": [reason.code for reason in judged.reasons]},
        report=dict(prepared.report),
        verdict=judged.as_dict(),
        dropped=[dict(piece) for piece in prepared.dropped],
    )
    remove_segments(actor, checked)
    is_kept = state in {RecordingState.ACCEPTED, RecordingState.NEEDS_REVIEW}
    for position, segment in enumerate(prepared.segments):
        if is_kept:
            _keep(checked, position, segment)
        else:
            storage.discard(segment.object)
    return checked


def judge(prepared: PreparedRecording) -> Verdict:
    """The verdict on a recording: its report's, and what is left of it for training."""
    measured = _doubted(verdict(prepared.report), prepared.doubts)
    if measured.outcome is Outcome.REJECTED:
        return measured
    if prepared.transcript_note:
        missing = Reason(
            code="needs_transcript",
            outcome=Outcome.NEEDS_REVIEW,
            message=prepared.transcript_note,
            fix="Upload what is said in this recording as .srt, .list, .csv or plain text.",
        )
        return Verdict(outcome=Outcome.NEEDS_REVIEW, reasons=(*measured.reasons, missing))
    if any(_outcome(segment) is not Outcome.REJECTED for segment in prepared.segments):
        return measured
    return Verdict(outcome=Outcome.REJECTED, reasons=(*measured.reasons, NOTHING_USABLE))


@transaction.atomic
def fail_preparation(actor: Actor, *, recording: Recording, code: str, message: str) -> Recording:
    """The job ended without result; harmless for a recording that no longer waits for one."""
    locked = Recording.objects.select_for_update().get(pk=recording.pk)
    if locked.state not in {RecordingState.UPLOADED, RecordingState.PREPARING}:
        return locked
    return transition(
        actor,
        locked,
        to=RecordingState.FAILED,
        action=Action.RECORDING_FAILED,
        failure={"code": code, "message": message},
    )


def _outcome(prepared: PreparedSegment) -> Outcome:
    return verdict(prepared.report, SEGMENT_THRESHOLDS).outcome


def _doubted(measured: Verdict, doubts: Sequence[Doubt]) -> Verdict:
    """A verdict with what was heard beside what was measured; only a bar rejects."""
    reasons = [
        Reason(
            code=doubt.code,
            outcome=Outcome.REJECTED if doubt.is_barred else Outcome.NEEDS_REVIEW,
            message=doubt.message,
            fix=doubt.fix,
        )
        for doubt in doubts
    ]
    return Verdict(
        outcome=worst([measured.outcome, *(reason.outcome for reason in reasons)]),
        reasons=(*measured.reasons, *reasons),
    )


def _keep(recording: Recording, position: int, prepared: PreparedSegment) -> None:
    judged = _doubted(verdict(prepared.report, SEGMENT_THRESHOLDS), prepared.doubts)
    is_unfit = any(doubt.is_unfit for doubt in prepared.doubts)
    Segment.objects.create(
        tenant_id=recording.tenant_id,
        recording=recording,
        position=position,
        start_ms=prepared.start_ms,
        end_ms=prepared.end_ms,
        object=storage.make_live(prepared.object, prepared.written),
        sha256=prepared.written.sha256,
        text=prepared.text,
        language=prepared.language,
        report=dict(prepared.report),
        verdict=judged.as_dict(),
        included=judged.outcome is not Outcome.REJECTED and not is_unfit,
    )
