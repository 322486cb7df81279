"""Legal holds: while one stands, nothing of that voice is erased, whoever asks."""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from voiceassets.audit.actions import Action
from voiceassets.audit.chain import timestamp
from voiceassets.audit.services import record
from voiceassets.consent.models import LegalHold
from voiceassets.core.context import Actor
from voiceassets.core.errors import Conflict, Invalid, NotAllowed
from voiceassets.speakers import access
from voiceassets.speakers.models import Speaker, SpeakerState
from voiceassets.tenants.permissions import Permission
from voiceassets.tenants.policy import authorize


class OnLegalHold(NotAllowed):
    """Somebody is obliged to keep it; the refusal goes on record like every denial."""

    code = "legal_hold"
    status = Conflict.status


@transaction.atomic
def place(actor: Actor, *, speaker: Speaker, reason: str) -> LegalHold:
    """From now on nothing of this voice is erased, until the hold is lifted.

    Raises:
        Conflict: its erasure has begun.
    """
    authorize(actor, Permission.HOLDS_WRITE)
    access.require(actor, speaker, "see")
    if not reason.strip():
        raise Invalid("Say why this voice must be kept.", field="reason")
    locked = Speaker.objects.select_for_update(no_key=True).get(pk=speaker.pk)
    if locked.state in {SpeakerState.ERASING, SpeakerState.ERASED}:
        raise Conflict(f"This voice is {locked.state}; there is nothing to hold any more.")
    hold = LegalHold.objects.create(
        tenant_id=locked.tenant_id, speaker=locked, reason=reason.strip(), placed_by=actor.id
    )
    record(actor, Action.HOLD_PLACED, hold, speaker=locked.public_id)
    return hold


@transaction.atomic
def lift(actor: Actor, *, hold: LegalHold) -> LegalHold:
    """Take one hold back; others on the same voice stand.

    Raises:
        Conflict: it was lifted before.
    """
    authorize(actor, Permission.HOLDS_WRITE)
    access.require(actor, hold.speaker, "see")
    locked = LegalHold.objects.select_for_update().get(pk=hold.pk)
    if locked.lifted_at is not None:
        raise Conflict("This hold was lifted already.", code="hold_lifted")
    locked.lifted_at, locked.lifted_by = Now(), actor.id
    locked.save(update_fields=["lifted_at", "lifted_by"])
    locked.refresh_from_db(fields=["lifted_at"])
    record(actor, Action.HOLD_LIFTED, locked, speaker=locked.speaker.public_id)
    return locked


def any_stands() -> bool:
    """Whether any voice of the company in scope must be kept."""
    return LegalHold.objects.filter(lifted_at__isnull=True).exists()


def of_speaker(actor: Actor, speaker: Speaker) -> QuerySet[LegalHold]:
    """The holds on a voice, lifted ones too, newest first."""
    access.require(actor, speaker, "see")
    return LegalHold.objects.filter(speaker=speaker).order_by("-id")


def require_none(speaker: Speaker) -> None:
    """Raises `OnLegalHold`, saying who placed the hold, since when it stands, and why."""
    hold = LegalHold.objects.filter(speaker=speaker, lifted_at=None).order_by("id").first()
    if hold is None:
        return
    raise OnLegalHold(
        f"This voice is on legal hold since {hold.created_at:%Y-%m-%d}, placed by "
        f"{hold.placed_by}: {hold.reason} Whoever placed it must lift it first.",
        hold=hold.public_id,
        placed_by=hold.placed_by,
        since=timestamp(hold.created_at),
        reason=hold.reason,
    )
