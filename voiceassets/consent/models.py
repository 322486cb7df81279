"""What a speaker has agreed to: purposes, scope, term, wording and the evidence for it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Least

from voiceassets.core.models import TenantOwned
from voiceassets.core.states import Transitions
from voiceassets.speakers.personal import PersonalJSON, PersonalText


class Purpose(models.TextChoices):
    TRAIN = "train"
    SYNTHESIZE = "synthesize"
    PUBLISH = "publish"
    COMMERCIAL = "commercial"
    # Speaking like a clip that was sent along, instead of like the material that was trained on.
    CLONE = "clone"


class ConsentState(models.TextChoices):
    PENDING = "pending"
    ACTIVE = "active"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    REVOKED = "revoked"


class ConsentRecord(TenantOwned):
    """One agreement of the person behind a speaker. An empty scope list means: everywhere.

    `person_name` is personal data: it stays in this row and never enters the audit log. The
    database refuses two active consents of one speaker whose terms overlap (see the migration).
    The agreed term stays as it was agreed; `ends_at` is when it ends before that, because a
    renewal takes its place or notice was given.
    """

    PREFIX = "cns"
    TRANSITIONS: ClassVar[Transitions] = {
        ConsentState.PENDING: frozenset({ConsentState.ACTIVE, ConsentState.REVOKED}),
        ConsentState.ACTIVE: frozenset(
            {ConsentState.EXPIRED, ConsentState.SUPERSEDED, ConsentState.REVOKED}
        ),
        ConsentState.EXPIRED: frozenset({ConsentState.REVOKED}),
        ConsentState.SUPERSEDED: frozenset({ConsentState.REVOKED}),
        ConsentState.REVOKED: frozenset(),
    }

    speaker = models.ForeignKey(
        "speakers.Speaker", on_delete=models.PROTECT, related_name="consents"
    )
    person_name = PersonalText()
    purposes = models.JSONField()
    languages = models.JSONField(default=list)
    territories = models.JSONField(default=list)
    channels = models.JSONField(default=list)
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)
    notice_days = models.PositiveIntegerField(default=0)
    wording = PersonalText()
    wording_version = models.CharField(max_length=32)
    evidence = models.ForeignKey(
        "storage.StoredObject", on_delete=models.PROTECT, null=True, related_name="+"
    )
    evidence_sha256 = models.CharField(max_length=64, blank=True)
    # The fields of `evidence.Check`, once a spoken consent was listened to.
    evidence_check = PersonalJSON(null=True)
    state = models.CharField(
        max_length=16, choices=ConsentState.choices, default=ConsentState.PENDING.value
    )
    supersedes = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="renewals"
    )
    activated_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoke_reason = PersonalText(blank=True)

    class Meta(TenantOwned.Meta):
        abstract = False
        verbose_name = "consent"
        indexes: ClassVar = [
            models.Index(fields=["tenant", "-id"], name="consent_newest"),
            models.Index(
                Least("valid_until", "ends_at"),
                condition=Q(state="active"),
                name="consent_to_end",
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")),
                name="consent_term_in_order",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["active", "expired", "superseded"])
                | (Q(evidence__isnull=False, activated_at__isnull=False) & ~Q(evidence_sha256="")),
                name="consent_active_needs_evidence",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gte=F("valid_from")),
                name="consent_ends_after_it_began",
            ),
            models.CheckConstraint(
                condition=Q(state="revoked", revoked_at__isnull=False)
                | (~Q(state="revoked") & Q(revoked_at__isnull=True)),
                name="consent_revoked_at_iff_revoked",
            ),
        ]


class ReceiptKind(models.TextChoices):
    REVOCATION = "revocation"
    ERASURE = "erasure"


class Receipt(TenantOwned):
    """The signed statement of what became of everything that rested on a consent or a voice.

    Rows are never changed. A receipt names things by their ids and says nothing of the person.
    """

    PREFIX = "rcp"

    kind = models.CharField(max_length=16, choices=ReceiptKind.choices)
    speaker = models.ForeignKey(
        "speakers.Speaker", on_delete=models.PROTECT, related_name="receipts"
    )
    consent = models.OneToOneField(
        ConsentRecord, on_delete=models.PROTECT, null=True, related_name="receipt"
    )
    body = models.JSONField()
    key = models.TextField()
    signature = models.TextField()

    class Meta(TenantOwned.Meta):
        abstract = False
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind="revocation", consent__isnull=False)
                | Q(kind="erasure", consent__isnull=True),
                name="consent_receipt_of_revocation_names_consent",
            )
        ]


class LegalHold(TenantOwned):
    """Somebody is obliged to keep what there is of a voice: until it is lifted nothing is erased.

    Several may stand at once, each for a reason of its own.
    """

    PREFIX = "hld"

    speaker = models.ForeignKey("speakers.Speaker", on_delete=models.PROTECT, related_name="holds")
    reason = PersonalText()
    placed_by = models.CharField(max_length=64)
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.CharField(max_length=64, blank=True)

    class Meta(TenantOwned.Meta):
        abstract = False
        verbose_name = "legal hold"
        indexes: ClassVar = [
            models.Index(
                fields=["speaker"],
                condition=Q(lifted_at__isnull=True),
                name="consent_hold_standing",
            )
        ]
