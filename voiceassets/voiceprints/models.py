"""What voices are like, apart from whose they are; and the voices that nobody may take in."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from voiceassets.core.models import TenantOwned
from voiceassets.core.states import Transitions

USER = settings.AUTH_USER_MODEL


class Voiceprint(TenantOwned):
    """One sealed vector. `holder` and `source` are pseudonyms, which only the key can lead back.

    The holder is a speaker or an entry of the no-go list, the source what it was measured from.
    """

    PREFIX = "vpr"

    holder = models.CharField(max_length=64)
    source = models.CharField(max_length=64)
    encoder = models.CharField(max_length=64)
    sealed = models.BinaryField()

    class Meta(TenantOwned.Meta):
        abstract = False
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "source", "encoder"], name="voiceprints_one_per_source"
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant", "encoder", "holder"], name="voiceprints_of_holder")
        ]


class NoGoState(models.TextChoices):
    WAITING = "waiting"
    ACTIVE = "active"
    FAILED = "failed"
    LIFTED = "lifted"


class NoGoVoice(TenantOwned):
    """A voice that a tenant will not take in, such as a public figure's or of one who refused.

    `clip` is what it is known by; it is erased as soon as its voiceprint was taken.
    """

    PREFIX = "ngo"
    TRANSITIONS: ClassVar[Transitions] = {
        NoGoState.WAITING: frozenset({NoGoState.ACTIVE, NoGoState.FAILED}),
        NoGoState.ACTIVE: frozenset({NoGoState.LIFTED}),
        NoGoState.FAILED: frozenset(),
        NoGoState.LIFTED: frozenset(),
    }

    name = models.CharField(max_length=120)
    reason = models.TextField()
    state = models.CharField(
        max_length=16, choices=NoGoState.choices, default=NoGoState.WAITING.value
    )
    failure = models.JSONField(null=True)
    clip = models.ForeignKey("storage.StoredObject", on_delete=models.PROTECT, related_name="+")
    job = models.OneToOneField("jobs.Job", on_delete=models.PROTECT, related_name="+")
    added_by = models.CharField(max_length=64)

    class Meta(TenantOwned.Meta):
        abstract = False
        verbose_name = "no-go voice"
        indexes: ClassVar = [models.Index(fields=["tenant", "-id"], name="voiceprints_nogo_newest")]


class AppealState(models.TextChoices):
    OPEN = "open"
    GRANTED = "granted"
    DENIED = "denied"


class Appeal(TenantOwned):
    """Somebody says that a no-go voice should not stand: for one speaker, or for anybody.

    Two people have to sign, and neither of them is who opened it.
    """

    PREFIX = "apl"
    TRANSITIONS: ClassVar[Transitions] = {
        AppealState.OPEN: frozenset({AppealState.OPEN, AppealState.GRANTED, AppealState.DENIED}),
        AppealState.GRANTED: frozenset(),
        AppealState.DENIED: frozenset(),
    }

    voice = models.ForeignKey(NoGoVoice, on_delete=models.PROTECT, related_name="appeals")
    speaker = models.ForeignKey(
        "speakers.Speaker", on_delete=models.PROTECT, null=True, related_name="+"
    )
    reason = models.TextField()
    state = models.CharField(
        max_length=16, choices=AppealState.choices, default=AppealState.OPEN.value
    )
    opened_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    first_signer = models.ForeignKey(USER, on_delete=models.PROTECT, null=True, related_name="+")
    second_signer = models.ForeignKey(USER, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta(TenantOwned.Meta):
        abstract = False
        indexes: ClassVar = [models.Index(fields=["tenant", "-id"], name="voiceprints_appeal_new")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(state="granted")
                | Q(first_signer__isnull=False, second_signer__isnull=False),
                name="voiceprints_granted_by_two",
            ),
            models.CheckConstraint(
                condition=~Q(first_signer=F("second_signer"))
                & ~Q(first_signer=F("opened_by"))
                & ~Q(second_signer=F("opened_by")),
                name="voiceprints_three_people",
            ),
        ]
