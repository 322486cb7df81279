"""What voices were asked to say, and the audio that came of it."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from voiceassets.consent.terms import Use
from voiceassets.core.models import TenantOwned
from voiceassets.core.states import Transitions
from voiceassets.provenance.cue import AudibleLabel, Cue, Place
from voiceassets.provenance.spoken_cues import language_of
from voiceassets.speakers.personal import PersonalJSON, PersonalText

USER = settings.AUTH_USER_MODEL
CUES = [(cue.value, cue.value) for cue in Cue]
PLACES = [(place.value, place.value) for place in Place]


class AudioFormat(models.TextChoices):
    WAV = "wav"
    MP3 = "mp3"
    FLAC = "flac"
    OGG = "ogg"
    AAC = "aac"


class Batch(TenantOwned):
    """Lines that somebody wants spoken by one voice; each is a request of its own."""

    PREFIX = "bat"

    speaker = models.ForeignKey("speakers.Speaker", on_delete=models.PROTECT, related_name="+")
    name = PersonalText()
    format = models.CharField(max_length=8, choices=AudioFormat.choices)
    line_count = models.PositiveIntegerField()
    requested_by = models.ForeignKey(USER, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta(TenantOwned.Meta):
        abstract = False
        indexes: ClassVar = [models.Index(fields=["tenant", "-id"], name="assets_batch_newest")]


class SynthesisRequest(TenantOwned):
    """A sentence somebody wants spoken, with the version and the consent it was admitted under.

    `territory` and `channel` are where it is meant to be heard; empty means that nobody said.
    A `streamed` one is rendered piece by piece while it is decoded: somebody listens already.
    """

    PREFIX = "syn"

    speaker = models.ForeignKey(
        "speakers.Speaker", on_delete=models.PROTECT, related_name="synthesis_requests"
    )
    version = models.ForeignKey(
        "registry.ModelVersion", on_delete=models.PROTECT, related_name="synthesis_requests"
    )
    consent = models.ForeignKey(
        "consent.ConsentRecord", on_delete=models.PROTECT, related_name="synthesis_requests"
    )
    text = PersonalText()
    # The words of lexicons that it may need, as they were when it was asked for.
    lexicon = PersonalJSON(default=list)
    language = models.CharField(max_length=16)
    style = models.CharField(max_length=64)
    settings = models.JSONField(default=dict)
    format = models.CharField(max_length=8, choices=AudioFormat.choices)
    preview = models.BooleanField(default=False)
    streamed = models.BooleanField(default=False)
    territory = models.CharField(max_length=8, blank=True)
    channel = models.CharField(max_length=32, blank=True)
    commercial = models.BooleanField(default=False)
    # A clip to speak like, and what is said in it; both are erased once the request has ended.
    clip = models.ForeignKey(
        "storage.StoredObject", on_delete=models.PROTECT, null=True, related_name="+"
    )
    clip_text = PersonalText(blank=True)
    clip_language = models.CharField(max_length=16, blank=True)
    cue = models.CharField(max_length=8, choices=CUES, default=Cue.RHYTHM.value)
    cue_place = models.CharField(max_length=8, choices=PLACES, default=Place.START.value)
    # Why there is no audible label, and who answers for that.
    unlabelled_because = PersonalText(blank=True)
    exempted_by = models.ForeignKey(USER, on_delete=models.PROTECT, null=True, related_name="+")
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, null=True, related_name="lines")
    line_id = models.CharField(max_length=64, blank=True)
    requested_by = models.ForeignKey(USER, on_delete=models.PROTECT, null=True, related_name="+")
    job = models.OneToOneField(
        "jobs.Job", on_delete=models.PROTECT, null=True, related_name="synthesis_request"
    )

    class Meta(TenantOwned.Meta):
        abstract = False
        verbose_name = "synthesis request"
        indexes: ClassVar = [models.Index(fields=["tenant", "-id"], name="assets_request_newest")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["batch", "line_id"],
                condition=Q(batch__isnull=False),
                name="assets_one_line_per_id",
            ),
            models.CheckConstraint(
                condition=~Q(cue="none") | Q(exempted_by__isnull=False),
                name="assets_unlabelled_needs_exemption",
            ),
        ]

    @property
    def use(self) -> Use:
        """What the consents must cover."""
        return Use(
            language=self.language,
            territory=self.territory,
            channel=self.channel,
            commercial=self.commercial,
            cloned=self.clip_id is not None,
        )

    def audible_label(self) -> AudibleLabel:
        """What the file is to be labelled with so that people hear it."""
        return AudibleLabel(
            cue=Cue(self.cue),
            place=Place(self.cue_place),
            language=language_of(self.language, self.text),
        )


class Lexicon(TenantOwned):
    """How words are to be read: for one voice, or for all of a tenant's when `speaker` is empty.

    `entries` are objects with the fields of `lexicons.Word`; the first of two that collide wins.
    """

    PREFIX = "lex"

    speaker = models.OneToOneField(
        "speakers.Speaker", on_delete=models.PROTECT, null=True, related_name="lexicon"
    )
    entries = PersonalJSON(default=list)
    changed_at = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        abstract = False
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant"], condition=Q(speaker=None), name="assets_one_tenant_lexicon"
            )
        ]


class AssetState(models.TextChoices):
    GENERATING = "generating"
    RELEASED = "released"
    REFUSED = "refused"
    FAILED = "failed"
    REVOKED = "revoked"
    DELETED = "deleted"


class Asset(TenantOwned):
    """One piece of spoken audio. It leaves `generating` for people's ears only with a manifest.

    `consent` is the one in force when it was released, which may follow the request's.
    """

    PREFIX = "ast"
    TRANSITIONS: ClassVar[Transitions] = {
        AssetState.GENERATING: frozenset(
            {AssetState.RELEASED, AssetState.REFUSED, AssetState.FAILED}
        ),
        AssetState.RELEASED: frozenset({AssetState.REVOKED, AssetState.DELETED}),
        AssetState.REFUSED: frozenset(),
        AssetState.FAILED: frozenset(),
        AssetState.REVOKED: frozenset({AssetState.DELETED}),
        AssetState.DELETED: frozenset(),
    }

    request = models.OneToOneField(SynthesisRequest, on_delete=models.PROTECT, related_name="asset")
    state = models.CharField(
        max_length=16, choices=AssetState.choices, default=AssetState.GENERATING.value
    )
    reason = models.CharField(max_length=64, blank=True)
    object = models.ForeignKey(
        "storage.StoredObject", on_delete=models.PROTECT, null=True, related_name="+"
    )
    manifest = models.ForeignKey(
        "provenance.Manifest", on_delete=models.PROTECT, null=True, related_name="+"
    )
    consent = models.ForeignKey(
        "consent.ConsentRecord", on_delete=models.PROTECT, null=True, related_name="assets"
    )
    duration_ms = models.IntegerField(null=True)
    sample_rate_hz = models.IntegerField(null=True)
    pcm_sha256 = models.CharField(max_length=64, blank=True)
    seed = models.BigIntegerField(null=True)
    # Rendered by the worker: "srt", "vtt", and "json" with every word and what happened.
    captions = PersonalJSON(subject="request.speaker_id", default=dict)
    released_at = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        abstract = False
        indexes: ClassVar = [models.Index(fields=["tenant", "-id"], name="assets_asset_newest")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(state="released")
                | Q(
                    object__isnull=False,
                    manifest__isnull=False,
                    consent__isnull=False,
                    released_at__isnull=False,
                ),
                name="assets_released_needs_manifest",
            )
        ]


class SynthesisReceipt(TenantOwned):
    """How an asset's samples came to be; see `making.Making`. Rows are never changed.

    The text, the words of lexicons, the style and the seed are the request's.
    """

    PREFIX = "srp"

    asset = models.OneToOneField(Asset, on_delete=models.PROTECT, related_name="receipt")
    bundle_sha256 = models.CharField(max_length=64)
    base_sha256 = models.CharField(max_length=64, blank=True)
    code_version = models.CharField(max_length=64)
    kernel = models.JSONField()
    settings = models.JSONField()
    sample_rate_hz = models.IntegerField()
    samples = models.IntegerField()
    pcm_sha256 = models.CharField(max_length=64)
    blocks = models.BinaryField()

    class Meta(TenantOwned.Meta):
        abstract = False
        verbose_name = "synthesis receipt"
