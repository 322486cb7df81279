"""Trained voices: what they were made from, who asked, who approved, and what became of them."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from voiceassets.core.models import TenantOwned
from voiceassets.core.states import Transitions
from voiceassets.speakers.personal import PersonalText

USER = settings.AUTH_USER_MODEL


class BaseModel(TenantOwned):
    """A pretrained base, as this tenant's versions name it; the weights lie with the workers."""

    PREFIX = "bas"

    name = models.CharField(max_length=120)
    content_hash = models.CharField(max_length=64)

    class Meta(TenantOwned.Meta):
        abstract = False
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "name", "content_hash"], name="registry_one_base"
            )
        ]


class VoiceModel(TenantOwned):
    """The line of versions of one speaker."""

    PREFIX = "vmd"

    speaker = models.OneToOneField(
        "speakers.Speaker", on_delete=models.PROTECT, related_name="voice_model"
    )


class VersionState(models.TextChoices):
    CANDIDATE = "candidate"
    APPROVED = "approved"
    RETIRED = "retired"
    REJECTED = "rejected"
    REVOKED = "revoked"


class ModelVersion(TenantOwned):
    """One trained voice. Only an approved one speaks for other people than its approvers.

    `styles` are what its bundle says of them (see `candidates.StyleFacts`); null where that was not
    noted when the version was made, until its next evaluation reads it.
    """

    PREFIX = "ver"
    TRANSITIONS: ClassVar[Transitions] = {
        VersionState.CANDIDATE: frozenset(
            {VersionState.APPROVED, VersionState.REJECTED, VersionState.REVOKED}
        ),
        VersionState.APPROVED: frozenset({VersionState.RETIRED, VersionState.REVOKED}),
        VersionState.RETIRED: frozenset({VersionState.APPROVED, VersionState.REVOKED}),
        VersionState.REJECTED: frozenset(),
        VersionState.REVOKED: frozenset(),
    }

    voice_model = models.ForeignKey(VoiceModel, on_delete=models.PROTECT, related_name="versions")
    number = models.IntegerField()
    state = models.CharField(
        max_length=16, choices=VersionState.choices, default=VersionState.CANDIDATE.value
    )
    bundle = models.ForeignKey("storage.StoredObject", on_delete=models.PROTECT, related_name="+")
    bundle_hash = models.CharField(max_length=64)
    requested_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    consent = models.ForeignKey(
        "consent.ConsentRecord", on_delete=models.PROTECT, related_name="versions"
    )
    base = models.ForeignKey(BaseModel, on_delete=models.PROTECT, related_name="versions")
    dataset = models.ForeignKey("corpus.Dataset", on_delete=models.PROTECT, related_name="versions")
    dataset_hash = models.CharField(max_length=64)
    base_hash = models.CharField(max_length=64)
    code_version = models.CharField(max_length=64)
    metrics = models.JSONField(default=dict)
    mlflow_run_id = models.CharField(max_length=64, blank=True)
    styles = models.JSONField(null=True)

    class Meta(TenantOwned.Meta):
        abstract = False
        verbose_name = "version"
        indexes: ClassVar = [models.Index(fields=["tenant", "-id"], name="registry_version_newest")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["voice_model", "number"], name="registry_version_number"
            ),
            models.UniqueConstraint(
                fields=["voice_model"],
                condition=Q(state="approved"),
                name="registry_one_approved_version",
            ),
        ]


class FineTune(TenantOwned):
    """Somebody asked for a voice to be trained; its job tells how far it is.

    A `trial` only asks what that would cost: it trains nothing that is kept.
    """

    PREFIX = "ftn"

    speaker = models.ForeignKey(
        "speakers.Speaker", on_delete=models.PROTECT, related_name="finetunes"
    )
    dataset = models.ForeignKey(
        "corpus.Dataset", on_delete=models.PROTECT, related_name="finetunes"
    )
    consent = models.ForeignKey(
        "consent.ConsentRecord", on_delete=models.PROTECT, related_name="finetunes"
    )
    settings = models.JSONField(default=dict)
    trial = models.BooleanField(default=False)
    continues = models.ForeignKey(
        ModelVersion, on_delete=models.PROTECT, null=True, related_name="continued_by"
    )
    requested_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    job = models.OneToOneField(
        "jobs.Job", on_delete=models.PROTECT, null=True, related_name="finetune"
    )
    version = models.OneToOneField(
        ModelVersion, on_delete=models.PROTECT, null=True, related_name="finetune"
    )

    class Meta(TenantOwned.Meta):
        abstract = False
        verbose_name = "fine-tune"
        indexes: ClassVar = [
            models.Index(fields=["tenant", "-id"], name="registry_finetune_newest")
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(trial=False) | Q(version__isnull=True),
                name="registry_trial_makes_nothing",
            )
        ]


class StyleChange(TenantOwned):
    """Somebody asked for a version like `source` with other clips for a style, or without it.

    Its job tells how far it is. `consent` is the one in force that lets its clips be used.
    """

    PREFIX = "sty"

    speaker = models.ForeignKey(
        "speakers.Speaker", on_delete=models.PROTECT, related_name="style_changes"
    )
    source = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="style_changes")
    name = models.CharField(max_length=64)
    removes = models.BooleanField(default=False)
    consent = models.ForeignKey(
        "consent.ConsentRecord", on_delete=models.PROTECT, related_name="style_changes"
    )
    requested_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    job = models.OneToOneField(
        "jobs.Job", on_delete=models.PROTECT, null=True, related_name="style_change"
    )
    version = models.OneToOneField(
        ModelVersion, on_delete=models.PROTECT, null=True, related_name="style_change"
    )

    class Meta(TenantOwned.Meta):
        abstract = False
        verbose_name = "change of style"


class StyleClip(TenantOwned):
    """A segment that a style is spoken like; without `timbre` it lends its manner only."""

    PREFIX = "stc"

    change = models.ForeignKey(StyleChange, on_delete=models.CASCADE, related_name="clips")
    segment = models.ForeignKey("corpus.Segment", on_delete=models.CASCADE, related_name="styles")
    position = models.IntegerField()
    timbre = models.BooleanField()

    class Meta(TenantOwned.Meta):
        abstract = False
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["change", "position"], name="registry_style_clip_position"
            ),
            models.UniqueConstraint(fields=["change", "segment"], name="registry_style_clip_once"),
        ]


class Decision(models.TextChoices):
    APPROVED = "approved"
    REJECTED = "rejected"


class Approval(TenantOwned):
    """A person's judgement of a version. Nobody approves what they asked for."""

    PREFIX = "apr"

    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="approvals")
    decision = models.CharField(max_length=16, choices=Decision.choices)
    reason = PersonalText(subject="version.voice_model.speaker_id", blank=True)
    approver = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    requested_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")

    class Meta(TenantOwned.Meta):
        abstract = False
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(decision="approved") | ~Q(approver=F("requested_by")),
                name="registry_four_eyes",
            )
        ]


class Occasion(models.TextChoices):
    """Why a version was evaluated."""

    TRAINED = "trained"
    ASKED = "asked"
    NIGHTLY = "nightly"


class Evaluation(TenantOwned):
    """How a version spoke the fixed sentences: its scores, and a page with sounds and pictures.

    `falls` are the measures that are worse than tolerated, each with `measure`, `before`, `now` and
    `tolerated`: worse than those of `against`, or than the version's own before if it is none.
    """

    PREFIX = "evl"

    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="evaluations")
    name = models.CharField(max_length=64, choices=Occasion.choices)
    metrics = models.JSONField()
    falls = models.JSONField(default=list)
    against = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, null=True, related_name="+")
    report = models.ForeignKey(
        "storage.StoredObject", on_delete=models.PROTECT, null=True, related_name="+"
    )


class LineageEdge(TenantOwned):
    """`from` went into `to`; both are public ids, so an edge outlives what it names."""

    PREFIX = "edg"

    from_type = models.CharField(max_length=32)
    from_id = models.CharField(max_length=64)
    to_type = models.CharField(max_length=32)
    to_id = models.CharField(max_length=64)
    role = models.CharField(max_length=32)

    class Meta(TenantOwned.Meta):
        abstract = False
        indexes: ClassVar = [
            models.Index(fields=["tenant", "from_id"], name="registry_edge_from"),
            models.Index(fields=["tenant", "to_id"], name="registry_edge_to"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "from_id", "to_id", "role"], name="registry_one_edge"
            )
        ]
