"""What people do with recordings: upload, give a text to, review, erase."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from voiceassets.audit.actions import Action
from voiceassets.audit.services import record, transition
from voiceassets.consent import holds
from voiceassets.core import ids
from voiceassets.core.context import Actor
from voiceassets.core.errors import Conflict, Invalid
from voiceassets.corpus import selectors
from voiceassets.corpus.datasets import leave_drafts
from voiceassets.corpus.gates import require_active_speaker
from voiceassets.corpus.inspection import Facts, require_name
from voiceassets.corpus.models import DEFAULT_STYLE, Recording, RecordingState, Segment
from voiceassets.corpus.transcripts import TranscriptFormat
from voiceassets.jobs import services as jobs
from voiceassets.jobs.kinds import JobKind
from voiceassets.jobs.models import Job
from voiceassets.speakers import access
from voiceassets.speakers.models import Speaker
from voiceassets.storage import services as storage
from voiceassets.storage.backends import Written
from voiceassets.storage.models import StoredObject
from voiceassets.tenants.permissions import Permission
from voiceassets.tenants.policy import authorize
from voiceassets.voiceprints import services as voiceprints

LANGUAGES = ("auto", "zh", "en", "ja", "ko", "yue")


@dataclass(frozen=True, kw_only=True)
class TranscriptUpload:
    """A transcript file that is stored, pending, and of a known format."""

    object: StoredObject
    written: Written
    format: TranscriptFormat


@transaction.atomic
def upload_recording(
    actor: Actor,
    *,
    speaker: Speaker,
    object: StoredObject,  # noqa: A002  (the room's word for a stored file)
    written: Written,
    facts: Facts,
    original_name: str,
    language: str,
    style: str = DEFAULT_STYLE,
    transcript: TranscriptUpload | None = None,
) -> Recording:
    """Keep an inspected file as a recording of `speaker` and have it prepared.

    Raises:
        Invalid: a file name or a language the platform does not know.
        Conflict: the speaker is archived.
    """
    authorize(actor, Permission.RECORDINGS_WRITE)
    require_active_speaker(actor, speaker)
    require_name(original_name)
    if language not in LANGUAGES:
        raise Invalid(f"The language is one of {', '.join(LANGUAGES)}; {language!r} is not.")
    recording_id = ids.uuid7()
    recording = Recording.objects.create(
        id=recording_id,
        tenant_id=speaker.tenant_id,
        speaker=speaker,
        object=storage.make_live(object, written),
        original_name=original_name,
        language=language,
        style=style,
        facts=facts.as_dict(),
        transcript=storage.make_live(transcript.object, transcript.written) if transcript else None,
        transcript_format=transcript.format.value if transcript else "",
        job=jobs.submit(
            actor, kind=JobKind.PREPARE, tenant_id=speaker.tenant_id, subject_id=recording_id
        ),
        uploaded_by=actor.id,
    )
    record(
        actor,
        Action.RECORDING_UPLOADED,
        recording,
        speaker=speaker.public_id,
        object=recording.object.public_id,
        sha256=written.sha256,
    )
    return recording


@transaction.atomic
def supply_transcript(
    actor: Actor, *, recording: Recording, transcript: TranscriptUpload
) -> Recording:
    """Give a recording its text, or a better one, and have it prepared again."""
    locked = _lock_recording(actor, recording)
    replaced = locked.transcript
    if replaced is not None:
        holds.require_none(locked.speaker)
        storage.erase(actor, replaced)
    return transition(
        actor,
        locked,
        to=RecordingState.UPLOADED,
        action=Action.TRANSCRIPT_SUPPLIED,
        transcript=storage.make_live(transcript.object, transcript.written),
        transcript_format=transcript.format.value,
        failure=None,
        job=_prepare(actor, locked),
    )


@transaction.atomic
def prepare_again(actor: Actor, *, recording: Recording) -> Recording:
    """Try a recording whose preparation failed once more."""
    locked = _lock_recording(actor, recording)
    if locked.state != RecordingState.FAILED:
        raise Conflict(f"Only a failed recording is prepared again; this one is {locked.state}.")
    return transition(
        actor,
        locked,
        to=RecordingState.UPLOADED,
        action=Action.RECORDING_RESUBMITTED,
        failure=None,
        job=_prepare(actor, locked),
    )


@transaction.atomic
def review(actor: Actor, *, recording: Recording, accept: bool, reason: str) -> Recording:
    """Decide, as a person who has listened, on a recording that measurements leave open."""
    authorize(actor, Permission.RECORDINGS_REVIEW)
    access.require(actor, recording.speaker, "manage")
    if not reason.strip():
        raise Invalid("Say in `reason` what you heard; others will have to rely on it.")
    locked = Recording.objects.select_for_update().get(pk=recording.pk)
    decided = {"accepted": accept, "by": actor.id, "reason": reason}
    return transition(
        actor,
        locked,
        to=RecordingState.ACCEPTED if accept else RecordingState.REJECTED,
        action=Action.RECORDING_REVIEWED,
        note={"accept": accept},
        verdict={**(locked.verdict or {}), "review": decided},
    )


@transaction.atomic
def delete_recording(actor: Actor, *, recording: Recording) -> Recording:
    """Erase a recording, its segments and its transcript; only what happened stays on record.

    Raises:
        Conflict: a frozen dataset stands on it, or a style of a version.
        OnLegalHold: somebody is obliged to keep the voice.
    """
    locked = _lock_recording(actor, recording)
    holds.require_none(locked.speaker)
    keeper = selectors.keeps_recording(locked).first()
    if keeper is not None:
        raise Conflict(
            f"The dataset {keeper.public_id} stands on this recording and is frozen; "
            "a recording that models were trained on is kept with them.",
            code="recording_in_dataset",
            dataset=keeper.public_id,
        )
    lent = selectors.lending_style(locked).first()
    if lent is not None:
        raise Conflict(
            f"A version speaks in the style of the segment {lent.public_id}; "
            "a recording that a voice speaks like is kept with it.",
            code="recording_in_style",
            segment=lent.public_id,
        )
    deleted = transition(
        actor,
        locked,
        to=RecordingState.DELETED,
        action=Action.RECORDING_DELETED,
        original_name="deleted",
        transcript=None,
        transcript_format="",
        dropped=[],
        verdict=None,
    )
    leave_drafts(Segment.objects.filter(recording=deleted))
    voiceprints.forget_source(deleted)
    remove_segments(actor, deleted)
    storage.erase(actor, locked.object)
    if locked.transcript is not None:
        storage.erase(actor, locked.transcript)
    return deleted


def delete_recordings_of(actor: Actor, *, speaker: Speaker) -> None:
    """A person is erased: no recording counts any more, whatever stands on it.

    Part of the caller's decision, which erases the files.
    """
    rows = Recording.objects.filter(speaker=speaker).exclude(state=RecordingState.DELETED)
    for recording in rows.order_by("id"):
        transition(actor, recording, to=RecordingState.DELETED, action=Action.RECORDING_DELETED)


def remove_segments(actor: Actor, recording: Recording) -> None:
    """Erase a recording's segments, in the caller's transaction and decision."""
    segments = Segment.objects.select_related("object").filter(recording=recording)
    for segment in segments:
        storage.erase(actor, segment.object)
    segments.delete()


def _prepare(actor: Actor, recording: Recording) -> Job:
    return jobs.submit(
        actor, kind=JobKind.PREPARE, tenant_id=recording.tenant_id, subject_id=recording.pk
    )


def _lock_recording(actor: Actor, recording: Recording) -> Recording:
    authorize(actor, Permission.RECORDINGS_WRITE)
    access.require(actor, recording.speaker, "manage")
    return Recording.objects.select_for_update().get(pk=recording.pk)
