"""Asking for a person's erasure; `assets.erasure` and the workers carry it out."""

from __future__ import annotations

from enum import StrEnum

from django.db import transaction

from voiceassets.audit.actions import Action
from voiceassets.audit.services import transition
from voiceassets.consent import ending, holds
from voiceassets.core.context import Actor
from voiceassets.speakers import access
from voiceassets.speakers.models import Speaker, SpeakerState
from voiceassets.tenants.permissions import Permission
from voiceassets.tenants.policy import authorize


class Ground(StrEnum):
    """By what right somebody is erased: the cases of GDPR, Article 17 (1)."""

    CONSENT_WITHDRAWN = "consent_withdrawn"
    OBJECTION = "objection"
    NO_LONGER_NEEDED = "no_longer_needed"
    UNLAWFUL = "unlawful"
    LEGAL_OBLIGATION = "legal_obligation"


@transaction.atomic
def request(actor: Actor, *, speaker: Speaker, ground: Ground) -> Speaker:
    """End every consent at once; what there is of the person is destroyed within seconds.

    It cannot be taken back. Proof of it is the receipt of the erasure.

    Raises:
        OnLegalHold: somebody is obliged to keep the voice.
        IllegalTransition: it was asked for before.
    """
    authorize(actor, Permission.SPEAKERS_ERASE)
    access.require(actor, speaker, "manage")
    locked = Speaker.objects.select_for_update(no_key=True).get(pk=speaker.pk)
    holds.require_none(locked)
    ending.revoke_all(actor, speaker=locked, reason="The person is erased.")
    return transition(
        actor,
        locked,
        to=SpeakerState.ERASING,
        action=Action.SPEAKER_ERASURE_REQUESTED,
        note={"ground": ground.value},
    )
