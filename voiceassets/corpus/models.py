"""Recordings, the segments cut from them, and the frozen datasets a voice is trained on."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from voiceassets.core.models import TenantOwned
from voiceassets.core.states import Transitions
from voiceassets.speakers.personal import PersonalJSON, PersonalText

# What a recording is spoken in, and a voice speaks in, when nobody says otherwise.
DEFAULT_STYLE = "default"
STYLE_NAME = r"^[a-z][a-z0-9_-]{0,39}$"


class RecordingState(models.TextChoices):
    UPLOADED = "uploaded"
    PREPARING = "preparing"
    NEEDS_TRANSCRIPT = "needs_transcript"
    NEEDS_REVIEW = "needs_review"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    FAILED = "failed"
    DELETED = "deleted"


class DatasetState(models.TextChoices):
    DRAFT = "draft"
    FREEZING = "freezing"
    FROZEN = "frozen"
    FAILED = "failed"


RECORDING_TRANSITIONS: Transitions = {
    RecordingState.UPLOADED: frozenset(
        {RecordingState.PREPARING, RecordingState.FAILED, RecordingState.DELETED}
    ),
    RecordingState.PREPARING: frozenset(
        {
            RecordingState.NEEDS_TRANSCRIPT,
            RecordingState.NEEDS_REVIEW,
            RecordingState.ACCEPTED,
            RecordingState.REJECTED,
            RecordingState.FAILED,
            RecordingState.DELETED,
        }
    ),
    RecordingState.NEEDS_TRANSCRIPT: frozenset({RecordingState.UPLOADED, RecordingState.DELETED}),
    RecordingState.NEEDS_REVIEW: frozenset(
        {
            RecordingState.ACCEPTED,
            RecordingState.REJECTED,
            RecordingState.UPLOADED,
            RecordingState.DELETED,
        }
    ),
    RecordingState.ACCEPTED: frozenset({RecordingState.DELETED}),
    RecordingState.REJECTED: frozenset({RecordingState.DELETED}),
    RecordingState.FAILED: frozenset({RecordingState.UPLOADED, RecordingState.DELETED}),
    RecordingState.DELETED: frozenset(),
}

DATASET_TRANSITIONS: Transitions = {
    DatasetState.DRAFT: frozenset({DatasetState.FREEZING}),
    DatasetState.FREEZING: frozenset({DatasetState.FROZEN, DatasetState.FAILED}),
    DatasetState.FROZEN: frozenset(),
    DatasetState.FAILED: frozenset({DatasetState.FREEZING}),
}


class Recording(TenantOwned):
    """One uploaded audio or video file of a speaker, what was measured, and what was decided.

    `facts` come from the probe at upload; `report` and `verdict` from preparation. `dropped` lists
    the stretches that became no segment, each with the reason. `style` is how the speaker speaks
    in it; `derived_from` the recording that it is a cleaned copy of.
    """

    PREFIX = "rec"
    TRANSITIONS: ClassVar[Transitions] = RECORDING_TRANSITIONS

    speaker = models.ForeignKey(
        "speakers.Speaker", on_delete=models.PROTECT, related_name="recordings"
    )
    object = models.ForeignKey("storage.StoredObject", on_delete=models.PROTECT, related_name="+")
    original_name = PersonalText()
    language = models.CharField(max_length=16)
    style = models.CharField(max_length=40, default=DEFAULT_STYLE)
    derived_from = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="derived"
    )
    state = models.CharField(
        max_length=24, choices=RecordingState.choices, default=RecordingState.UPLOADED.value
    )
    facts = models.JSONField(default=dict)
    report = models.JSONField(null=True)
    verdict = PersonalJSON(null=True)
    dropped = PersonalJSON(default=list)
    failure = PersonalJSON(null=True)
    transcript = models.ForeignKey(
        "storage.StoredObject", on_delete=models.PROTECT, null=True, related_name="+"
    )
    transcript_format = models.CharField(max_length=8, blank=True)
    job = models.ForeignKey("jobs.Job", on_delete=models.PROTECT, null=True, related_name="+")
    uploaded_by = models.CharField(max_length=64)

    class Meta(TenantOwned.Meta):
        abstract = False
        indexes: ClassVar = [
            models.Index(fields=["tenant", "-id"], name="corpus_recording_newest"),
            models.Index(fields=["speaker", "state"], name="corpus_recording_of_speaker"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~models.Q(state__in=["needs_review", "accepted", "rejected"])
                | models.Q(report__isnull=False, verdict__isnull=False),
                name="corpus_recording_judged_by_report",
            ),
            models.CheckConstraint(
                condition=models.Q(transcript__isnull=True, transcript_format="")
                | (models.Q(transcript__isnull=False) & ~models.Q(transcript_format="")),
                name="corpus_transcript_has_format",
            ),
        ]

    def __str__(self) -> str:
        return str(self.original_name)


class Segment(TenantOwned):
    """A clean stretch of speech with its text. `included` says whether datasets may take it."""

    PREFIX = "seg"

    recording = models.ForeignKey(Recording, on_delete=models.CASCADE, related_name="segments")
    position = models.IntegerField()
    start_ms = models.IntegerField()
    end_ms = models.IntegerField()
    object = models.ForeignKey("storage.StoredObject", on_delete=models.PROTECT, related_name="+")
    sha256 = models.CharField(max_length=64)
    text = PersonalText(subject="recording.speaker_id")
    language = models.CharField(max_length=16)
    report = models.JSONField()
    verdict = PersonalJSON(subject="recording.speaker_id")
    included = models.BooleanField()

    class Meta(TenantOwned.Meta):
        abstract = False
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["recording", "position"], name="corpus_segment_position"
            ),
            models.CheckConstraint(
                condition=models.Q(start_ms__gte=0, end_ms__gt=models.F("start_ms")),
                name="corpus_segment_has_length",
            ),
        ]

    @property
    def duration_ms(self) -> int:
        return self.end_ms - self.start_ms


class Dataset(TenantOwned):
    """A choice of segments of one speaker. Once frozen, a database trigger lets nothing change.

    With `target_ms` freezing keeps only the best segments, up to so much sound. `selection` says of
    each of those why, and of every segment of the recordings that the choice began without; it is
    null when all are in. `coverage` counts the phones and tones in the clips.
    """

    PREFIX = "dts"
    TRANSITIONS: ClassVar[Transitions] = DATASET_TRANSITIONS

    speaker = models.ForeignKey(
        "speakers.Speaker", on_delete=models.PROTECT, related_name="datasets"
    )
    name = PersonalText()
    state = models.CharField(
        max_length=16, choices=DatasetState.choices, default=DatasetState.DRAFT.value
    )
    content_hash = models.CharField(max_length=64, blank=True)
    manifest = models.ForeignKey(
        "storage.StoredObject", on_delete=models.PROTECT, null=True, related_name="+"
    )
    clip_count = models.IntegerField()
    duration_ms = models.BigIntegerField()
    clips_by_language = models.JSONField(default=dict)
    target_ms = models.IntegerField(null=True)
    coverage = models.JSONField(null=True)
    selection = models.JSONField(null=True)
    failure = PersonalJSON(null=True)
    job = models.ForeignKey("jobs.Job", on_delete=models.PROTECT, null=True, related_name="+")
    created_by = models.CharField(max_length=64)

    class Meta(TenantOwned.Meta):
        abstract = False
        indexes: ClassVar = [models.Index(fields=["tenant", "-id"], name="corpus_dataset_newest")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(
                    state="frozen", content_hash__regex="^[0-9a-f]{64}$", manifest__isnull=False
                )
                | (~models.Q(state="frozen") & models.Q(content_hash="", manifest__isnull=True)),
                name="corpus_frozen_iff_manifest",
            )
        ]

    def __str__(self) -> str:
        return str(self.name)


class DatasetClip(TenantOwned):
    """One segment's place in a dataset."""

    PREFIX = "clp"

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="clips")
    segment = models.ForeignKey(Segment, on_delete=models.PROTECT, related_name="clips")
    position = models.IntegerField()

    class Meta(TenantOwned.Meta):
        abstract = False
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["dataset", "position"], name="corpus_clip_position"),
            models.UniqueConstraint(fields=["dataset", "segment"], name="corpus_clip_once"),
        ]
