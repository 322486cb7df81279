"""Questions about recordings and datasets, of the voices the actor may see."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import QuerySet

from voiceassets.core import ids
from voiceassets.core.context import Actor
from voiceassets.core.errors import NotFound
from voiceassets.corpus.models import Dataset, DatasetState, Recording, RecordingState, Segment
from voiceassets.jobs.models import JobState
from voiceassets.speakers import access
from voiceassets.speakers.models import Speaker


def recordings(
    actor: Actor, *, speaker: Speaker | None = None, state: str = ""
) -> QuerySet[Recording]:
    """Recordings that are not deleted, newest first."""
    rows = _visible_recordings(actor).exclude(state=RecordingState.DELETED)
    if speaker is not None:
        rows = rows.filter(speaker=speaker)
    if state:
        rows = rows.filter(state=state)
    return rows.order_by("-id")


def get_recording(actor: Actor, public_id: str) -> Recording:
    """The recording with this id, or NotFound."""
    key = ids.decode(Recording.PREFIX, public_id)
    row = recordings(actor).filter(pk=key).first()
    if row is None:
        raise NotFound("There is no recording with this id.")
    return row


def segments(actor: Actor, *, recording: Recording) -> QuerySet[Segment]:
    """A recording's segments in the order they were spoken."""
    visible = _visible_recordings(actor).filter(pk=recording.pk)
    return Segment.objects.filter(recording__in=visible).order_by("position")


def get_segment(actor: Actor, recording: Recording, public_id: str) -> Segment:
    """The segment of this recording with this id, or NotFound."""
    key = ids.decode(Segment.PREFIX, public_id)
    row = segments(actor, recording=recording).filter(pk=key).first()
    if row is None:
        raise NotFound("This recording has no segment with this id.")
    return row


def segments_named(actor: Actor, public_ids: Sequence[str]) -> list[Segment]:
    """The segments with these ids, in this order; NotFound when one is missing or hidden."""
    keys = [ids.decode(Segment.PREFIX, public_id) for public_id in public_ids]
    rows = Segment.objects.filter(pk__in=keys, recording__in=recordings(actor).order_by())
    found = rows.select_related("recording").in_bulk()
    if not set(keys) <= found.keys():
        raise NotFound("There is no such segment.")
    return [found[key] for key in keys]


def lending_style(recording: Recording) -> QuerySet[Segment]:
    """The segments of a recording that a version speaks like, or is about to."""
    standing = [JobState.QUEUED, JobState.RUNNING, JobState.SUCCEEDED]
    return Segment.objects.filter(recording=recording, styles__change__job__state__in=standing)


def datasets(actor: Actor, *, speaker: Speaker | None = None, state: str = "") -> QuerySet[Dataset]:
    """Datasets, newest first."""
    rows = Dataset.objects.select_related("speaker").filter(access.known(actor))
    if speaker is not None:
        rows = rows.filter(speaker=speaker)
    if state:
        rows = rows.filter(state=state)
    return rows.order_by("-id")


def get_dataset(actor: Actor, public_id: str) -> Dataset:
    """The dataset with this id, or NotFound."""
    key = ids.decode(Dataset.PREFIX, public_id)
    row = datasets(actor).filter(pk=key).first()
    if row is None:
        raise NotFound("There is no dataset with this id.")
    return row


def clips(actor: Actor, *, dataset: Dataset) -> QuerySet[Segment]:
    """The segments of a dataset, in its order, with their stored objects."""
    visible = datasets(actor).filter(pk=dataset.pk)
    rows = Segment.objects.select_related("object").filter(clips__dataset__in=visible)
    return rows.order_by("clips__position")


def keeps_segment(segment: Segment) -> QuerySet[Dataset]:
    """The datasets, frozen or being frozen, that hold this segment."""
    return Dataset.objects.filter(
        clips__segment=segment, state__in=[DatasetState.FREEZING, DatasetState.FROZEN]
    )


def keeps_recording(recording: Recording) -> QuerySet[Dataset]:
    """The datasets, frozen or being frozen, that stand on this recording."""
    return Dataset.objects.filter(
        clips__segment__recording=recording,
        state__in=[DatasetState.FREEZING, DatasetState.FROZEN],
    ).distinct()


def _visible_recordings(actor: Actor) -> QuerySet[Recording]:
    rows = Recording.objects.select_related("speaker", "object", "job", "derived_from")
    return rows.filter(access.known(actor))
