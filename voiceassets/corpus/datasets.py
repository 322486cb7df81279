"""What people do with datasets: choose recordings, freeze the choice."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from voiceassets.audit.actions import Action
from voiceassets.audit.services import record, transition
from voiceassets.core.context import Actor
from voiceassets.core.errors import Conflict, Invalid
from voiceassets.corpus.gates import require_active_speaker
from voiceassets.corpus.models import (
    Dataset,
    DatasetClip,
    DatasetState,
    Recording,
    RecordingState,
    Segment,
)
from voiceassets.corpus.quality import LEAST_VOICE_MS
from voiceassets.jobs import services as jobs
from voiceassets.jobs.kinds import JobKind
from voiceassets.speakers import access
from voiceassets.speakers.models import Speaker
from voiceassets.tenants.permissions import Permission
from voiceassets.tenants.policy import authorize


@transaction.atomic
def create_dataset(
    actor: Actor,
    *,
    speaker: Speaker,
    name: str,
    recordings: Sequence[Recording],
    target_ms: int | None = None,
) -> Dataset:
    """A draft of all usable segments of some accepted recordings of one speaker.

    A segment that sounds exactly like an earlier one is taken once; `selection` names what was
    left out and why. With `target_ms`, freezing keeps the cleanest and most varied segments up to
    so much sound.

    Raises:
        Invalid: no recordings, a recording of somebody else or beside its own cleaned copy, or
            nothing usable in them.
        Conflict: a recording is not accepted, or the speaker is archived.
    """
    authorize(actor, Permission.DATASETS_WRITE)
    require_active_speaker(actor, speaker)
    if not name.strip():
        raise Invalid("Give the dataset a name.")
    chosen = lock_accepted(speaker, recordings)
    _require_no_copies(chosen)
    segments, left_out = _sorted_out(chosen)
    if not segments:
        raise Invalid("These recordings hold no usable segment; add others.")
    _require_enough(segments)
    dataset = Dataset.objects.create(
        tenant_id=speaker.tenant_id,
        speaker=speaker,
        name=name,
        created_by=actor.id,
        target_ms=target_ms,
        selection=left_out or None,
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


def leave_drafts(segments: QuerySet[Segment]) -> None:
    """Take segments out of the datasets that are not frozen."""
    clips = DatasetClip.objects.filter(segment__in=segments)
    drafts = list(Dataset.objects.select_for_update().filter(pk__in=clips.values("dataset")))
    clips.delete()
    for draft in drafts:
        sum_up(draft)


def keep_only(dataset: Dataset, clip_sha256s: Sequence[str]) -> None:
    """Take out of a draft what was not chosen; the caller has locked it."""
    DatasetClip.objects.filter(dataset=dataset).exclude(segment__sha256__in=clip_sha256s).delete()
    sum_up(dataset)


def sum_up(draft: Dataset) -> None:
    """Count a draft's clips again."""
    sums = _sums(list(Segment.objects.filter(clips__dataset=draft)))
    for field, value in sums.items():
        setattr(draft, field, value)
    draft.save(update_fields=list(sums))


def lock_accepted(speaker: Speaker, recordings: Sequence[Recording]) -> list[Recording]:
    """Hold recordings that a voice is to be made from until the caller's transaction ends.

    Raises:
        Invalid: there are none, or one is of another speaker.
        Conflict: one is not accepted.
    """
    wanted = {recording.pk for recording in recordings}
    locked = Recording.objects.select_for_update().filter(pk__in=wanted).order_by("id")
    found = list(locked)
    if not found or any(recording.speaker_id != speaker.pk for recording in found):
        raise Invalid("A voice is made of its own speaker's recordings; name at least one.")
    for recording in found:
        if recording.state != RecordingState.ACCEPTED:
            raise Conflict(
                f"The recording {recording.public_id} is {recording.state}; "
                "only accepted recordings are trained on.",
                code="recording_not_accepted",
                recording=recording.public_id,
            )
    return found


def _require_no_copies(recordings: Sequence[Recording]) -> None:
    by_id: dict[UUID | None, Recording] = {recording.pk: recording for recording in recordings}
    for recording in recordings:
        source = by_id.get(recording.derived_from_id)
        if source is not None:
            raise Invalid(
                f"The recording {recording.public_id} is a cleaned copy of {source.public_id}; take"
                " one of the two, or every sentence is there twice.",
                code="copy_beside_source",
            )


def _sorted_out(recordings: Sequence[Recording]) -> tuple[list[Segment], list[dict[str, object]]]:
    """The usable segments, each sound once, and a decision on every other one."""
    by_sound: dict[str, Segment] = {}
    left_out: list[dict[str, object]] = []
    rows = Segment.objects.filter(recording__in=recordings)
    for segment in rows.order_by("recording_id", "position"):
        if not segment.included:
            reason = f"left out of its recording: {_why_left_out(segment)}"
        elif (same := by_sound.setdefault(segment.sha256, segment)) is segment:
            continue
        else:
            reason = f"sounds exactly like {same.public_id}"
        left_out.append({"segment": segment.public_id, "is_chosen": False, "reason": reason})
    return list(by_sound.values()), left_out


def _why_left_out(segment: Segment) -> str:
    """The codes of what was measured or doubted; what a person wrote stays with the segment."""
    edits = segment.verdict.get("edits", [])
    if any("included" in edit["changed"] for edit in edits):
        return "a person decided"
    return ", ".join(reason["code"] for reason in segment.verdict["reasons"])


def _require_enough(segments: Sequence[Segment]) -> None:
    total_ms = sum(segment.duration_ms for segment in segments)
    if total_ms < LEAST_VOICE_MS:
        raise Invalid(
            f"These recordings hold {total_ms / 1000:.1f} s of usable speech; a voice needs at"
            f" least {LEAST_VOICE_MS / 1000:.0f} s to be made at all, and a minute to sound right.",
            code="too_little_speech",
        )


def _sums(segments: Sequence[Segment]) -> dict[str, object]:
    languages = [segment.language for segment in segments]
    return {
        "clip_count": len(segments),
        "duration_ms": sum(segment.duration_ms for segment in segments),
        "clips_by_language": {name: languages.count(name) for name in sorted(set(languages))},
    }
