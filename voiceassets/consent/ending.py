"""How a consent ends: revoked at once, by notice, when a renewal begins, or with its term."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import ExpressionWrapper, F, Value
from django.db.models.fields import DateTimeField
from django.db.models.functions import Least, Now

from voiceassets.audit.actions import Action
from voiceassets.audit.services import record, transition
from voiceassets.consent.models import ConsentRecord, ConsentState
from voiceassets.core.context import Actor, tenant_scope
from voiceassets.core.errors import Conflict, Invalid
from voiceassets.speakers import access
from voiceassets.speakers.models import Speaker
from voiceassets.tenants.models import Tenant
from voiceassets.tenants.permissions import Permission
from voiceassets.tenants.policy import authorize
from voiceassets.tenants.services import system_actor


@transaction.atomic
def revoke(actor: Actor, *, consent: ConsentRecord, reason: str) -> ConsentRecord:
    """From the moment this commits nothing is trained, released or downloaded under it.

    The consents it renewed are revoked with it: what was made under them rests on the same will.
    The update waits for releases that hold the row and stops those that come later. What exists
    already is withdrawn by the subscribers of this event.
    """
    authorize(actor, Permission.CONSENTS_WRITE)
    access.require(actor, consent.speaker, "manage")
    if not reason.strip():
        raise Invalid("Say why the consent is revoked.", field="reason")
    revoked = _revoke(actor, consent, reason.strip())
    earlier = revoked.supersedes
    while earlier is not None:
        if earlier.state not in {ConsentState.REVOKED, ConsentState.PENDING}:
            _revoke(actor, earlier, reason.strip())
        earlier = earlier.supersedes
    return revoked


def revoke_all(actor: Actor, *, speaker: Speaker, reason: str) -> None:
    """Revoke what a voice rests on, pending consents too; part of the caller's decision."""
    standing = ConsentRecord.objects.filter(speaker=speaker).exclude(state=ConsentState.REVOKED)
    for consent in standing.order_by("id"):
        _revoke(actor, consent, reason)


@transaction.atomic
def give_notice(actor: Actor, *, consent: ConsentRecord, reason: str) -> ConsentRecord:
    """Let the consent end when its notice period has passed; until then it stands.

    Raises:
        Conflict: it is not active, or no notice period was agreed.
    """
    authorize(actor, Permission.CONSENTS_WRITE)
    access.require(actor, consent.speaker, "manage")
    if not reason.strip():
        raise Invalid("Say why the consent ends.", field="reason")
    locked = ConsentRecord.objects.select_for_update().get(pk=consent.pk)
    if locked.state != ConsentState.ACTIVE:
        raise Conflict(f"Only an active consent takes notice; this one is {locked.state}.")
    if not locked.notice_days:
        raise Conflict(
            "No notice period was agreed; revoke the consent, which takes effect at once.",
            code="no_notice_period",
        )
    if locked.revoke_reason:
        raise Conflict("Notice has been given already.", code="notice_given")
    after = ExpressionWrapper(
        Now() + Value(timedelta(days=locked.notice_days)), output_field=DateTimeField()
    )
    locked.ends_at = Least(after, after if locked.ends_at is None else F("ends_at"))
    locked.revoke_reason = reason.strip()
    locked.save(update_fields=["ends_at", "revoke_reason"])
    locked.refresh_from_db()
    record(actor, Action.CONSENT_NOTICE_GIVEN, locked, days=locked.notice_days)
    return locked


def expire_due() -> int:
    """End every active consent whose time has come, in the way it was to end; returns how many.

    The gate does not wait for this: it reads the term itself.
    """
    return sum(_end_in(tenant) for tenant in Tenant.objects.all())


def _end_in(tenant: Tenant) -> int:
    with tenant_scope(tenant.pk):
        due = (
            ConsentRecord.objects.annotate(end=Least("valid_until", "ends_at"))
            .filter(state=ConsentState.ACTIVE, end__lte=Now())
            .select_for_update(skip_locked=True)
        )
        for consent in due:
            _end(system_actor("consent-sweep"), consent)
        return len(due)


def _end(actor: Actor, consent: ConsentRecord) -> None:
    if consent.revoke_reason:
        _revoke(actor, consent, consent.revoke_reason)
        return
    renewal = consent.renewals.exclude(activated_at=None).order_by("valid_from").first()
    note: dict[str, Any] = {"by": renewal.public_id} if renewal else {}
    transition(
        actor,
        consent,
        to=ConsentState.SUPERSEDED if renewal else ConsentState.EXPIRED,
        action=Action.CONSENT_SUPERSEDED if renewal else Action.CONSENT_EXPIRED,
        note=note,
    )


def _revoke(actor: Actor, consent: ConsentRecord, reason: str) -> ConsentRecord:
    revoked = transition(
        actor,
        consent,
        to=ConsentState.REVOKED,
        action=Action.CONSENT_REVOKED,
        note={"speaker": consent.speaker.public_id},
        revoked_at=Now(),
        revoke_reason=reason,
    )
    revoked.refresh_from_db(fields=["revoked_at"])
    return revoked
