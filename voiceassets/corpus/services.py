"""What people do with recordings and datasets; workers report to `preparation` and `freezing`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from voiceassets.audit.actions import Action
from voiceassets.audit.services import record, transition
from voiceassets.core import ids
from voiceassets.core.context import Actor
from voiceassets.core.errors import Conflict, Invalid
from voiceassets.corpus import selectors
from voiceassets.corpus.inspection import Facts, require_name
from voiceassets.corpus.models import (
    Dataset,
    DatasetClip,
    DatasetState,
    Recording,
    RecordingState,
    Segment,
)
from voiceassets.corpus.transcripts import TranscriptFormat
from voiceassets.jobs import services as jobs
from voiceassets.jobs.kinds import JobKind
from voiceassets.jobs.models import Job
from voiceassets.speakers import access
from voiceassets.speakers.models import Speaker, SpeakerState
from voiceassets.storage import services as storage
from voiceassets.storage.backends import Written
from voiceassets.storage.models import StoredObject
from voiceassets.tenants.permissions import Permission
from voiceassets.tenants.policy import authorize

LANGUAGES = ("zh", "en", "ja", "ko", "yue")


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
    transcript: TranscriptUpload | None = None,
) -> Recording:
    """Keep an inspected file as a recording of `speaker` and have it prepared.

    Raises:
        Invalid: a file name or a language the platform does not know.
        Conflict: the speaker is archived.
    """
    authorize(actor, Permission.RECORDINGS_WRITE)
    _require_active(access.require(actor, speaker, "manage"))
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
        verdict={**(locked.verdict or {}), "review": decided},
    )


@transaction.atomic
def delete_recording(actor: Actor, *, recording: Recording) -> Recording:
    """Erase a recording, its segments and its transcript; only what happened stays on record.

    Raises:
        Conflict: a frozen dataset stands on it.
    """
    locked = _lock_recording(actor, recording)
    keeper = selectors.keeps_recording(locked).first()
    if keeper is not None:
        raise Conflict(
            f"The dataset {keeper.public_id} stands on this recording and is frozen; "
            "a recording that models were trained on is kept with them.",
            code="recording_in_dataset",
            dataset=keeper.public_id,
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
    leave_drafts(deleted)
    remove_segments(actor, deleted)
    storage.erase(actor, locked.object)
    if locked.transcript is not None:
        storage.erase(actor, locked.transcript)
    return deleted


@transaction.atomic
def create_dataset(
    actor: Actor, *, speaker: Speaker, name: str, recordings: Sequence[Recording]
) -> Dataset:
    """A draft of all usable segments of some accepted recordings of one speaker.

    A segment that sounds exactly like an earlier one is taken once.

    Raises:
        Invalid: no recordings, a recording of somebody else, or nothing usable in them.
        Conflict: a recording is not accepted, or the speaker is archived.
    """
    authorize(actor, Permission.DATASETS_WRITE)
    _require_active(access.require(actor, speaker, "manage"))
    if not name.strip():
        raise Invalid("Give the dataset a name.")
    chosen = _lock_accepted(speaker, recordings)
    by_sound: dict[str, Segment] = {}
    for segment in Segment.objects.filter(recording__in=chosen, included=True).order_by(
        "recording_id", "position"
    ):
        by_sound.setdefault(segment.sha256, segment)
    if not by_sound:
        raise Invalid("These recordings hold no usable segment; add others.")
    segments = list(by_sound.values())
    dataset = Dataset.objects.create(
        tenant_id=speaker.tenant_id,
        speaker=speaker,
        name=name,
        created_by=actor.id,
        **_sums(segments),
    )
    DatasetClip.objects.bulk_create(
        DatasetClip(
            tenant_id=speaker.tenant_id, dataset=dataset, segment=segment, position=position
        )
        for position, segment in enumerate(segments)
    )
    record(
        actor,
        Action.DATASET_CREATED,
        dataset,
        speaker=speaker.public_id,
        recordings=[recording.public_id for recording in chosen],
        clips=len(segments),
    )
    return dataset


@transaction.atomic
def freeze(actor: Actor, *, dataset: Dataset) -> Dataset:
    """Have a draft written down as a content-hashed manifest; from then on nothing changes it."""
    authorize(actor, Permission.DATASETS_WRITE)
    access.require(actor, dataset.speaker, "manage")
    locked = Dataset.objects.select_for_update().get(pk=dataset.pk)
    if not locked.clip_count:
        raise Invalid("This dataset is empty; create another one from accepted recordings.")
    job = jobs.submit(actor, kind=JobKind.FREEZE, tenant_id=locked.tenant_id, subject_id=locked.pk)
    return transition(
        actor,
        locked,
        to=DatasetState.FREEZING,
        action=Action.DATASET_FREEZE_REQUESTED,
        failure=None,
        job=job,
    )


def remove_segments(actor: Actor, recording: Recording) -> None:
    """Erase a recording's segments, in the caller's transaction and decision."""
    segments = Segment.objects.select_related("object").filter(recording=recording)
    for segment in segments:
        storage.erase(actor, segment.object)
    segments.delete()


def leave_drafts(recording: Recording) -> None:
    """Take a recording's segments out of the datasets that are not frozen."""
    clips = DatasetClip.objects.filter(segment__recording=recording)
    drafts = list(Dataset.objects.select_for_update().filter(pk__in=clips.values("dataset")))
    clips.delete()
    for draft in drafts:
        rest = Segment.objects.filter(clips__dataset=draft)
        for field, value in _sums(list(rest)).items():
            setattr(draft, field, value)
        draft.save(update_fields=["clip_count", "duration_ms", "clips_by_language"])


def _prepare(actor: Actor, recording: Recording) -> Job:
    return jobs.submit(
        actor, kind=JobKind.PREPARE, tenant_id=recording.tenant_id, subject_id=recording.pk
    )


def _lock_recording(actor: Actor, recording: Recording) -> Recording:
    authorize(actor, Permission.RECORDINGS_WRITE)
    access.require(actor, recording.speaker, "manage")
    return Recording.objects.select_for_update().get(pk=recording.pk)


def _lock_accepted(speaker: Speaker, recordings: Sequence[Recording]) -> list[Recording]:
    wanted = {recording.pk for recording in recordings}
    locked = Recording.objects.select_for_update().filter(pk__in=wanted).order_by("id")
    found = list(locked)
    if not found or any(recording.speaker_id != speaker.pk for recording in found):
        raise Invalid("A dataset is made of recordings of its own speaker; name at least one.")
    for recording in found:
        if recording.state != RecordingState.ACCEPTED:
            raise Conflict(
                f"The recording {recording.public_id} is {recording.state}; "
                "only accepted recordings are trained on.",
                code="recording_not_accepted",
                recording=recording.public_id,
            )
    return found


def _require_active(speaker: Speaker) -> None:
    fresh = Speaker.objects.select_for_update(no_key=True).get(pk=speaker.pk)
    if fresh.state != SpeakerState.ACTIVE:
        raise Conflict("This speaker is archived; nothing new is recorded or trained.")


def _sums(segments: Sequence[Segment]) -> dict[str, object]:
    languages = [segment.language for segment in segments]
    return {
        "clip_count": len(segments),
        "duration_ms": sum(segment.duration_ms for segment in segments),
        "clips_by_language": {name: languages.count(name) for name in sorted(set(languages))},
    }
