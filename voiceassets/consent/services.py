"""Recording a consent, giving it its evidence, revoking it, and letting its term end."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction
from django.db.models import Q
from django.db.models.functions import Now

from voiceassets.audit.actions import Action
from voiceassets.audit.services import record, transition
from voiceassets.consent.models import ConsentRecord, ConsentState
from voiceassets.consent.terms import Terms
from voiceassets.core.context import Actor, tenant_scope
from voiceassets.core.errors import Conflict, Invalid
from voiceassets.speakers import access
from voiceassets.speakers.models import Speaker
from voiceassets.speakers.services import require_active
from voiceassets.storage.backends import Written
from voiceassets.storage.models import StoredObject
from voiceassets.storage.services import make_live, set_hold
from voiceassets.tenants.models import Tenant
from voiceassets.tenants.permissions import Permission
from voiceassets.tenants.policy import authorize
from voiceassets.tenants.services import system_actor


@transaction.atomic
def record_consent(
    actor: Actor,
    *,
    speaker: Speaker,
    person_name: str,
    terms: Terms,
    wording: str,
    wording_version: str = "1",
    evidence: StoredObject | None = None,
    written: Written | None = None,
) -> ConsentRecord:
    """What the person behind `speaker` agreed to: active with evidence, else pending.

    `evidence` is a pending object and `written` its measure, from `storage.services.store_file`.

    Raises:
        Conflict: another consent of this speaker is active within the same term.
    """
    authorize(actor, Permission.CONSENTS_WRITE)
    access.require(actor, speaker, "manage")
    locked = _lock_speaker(speaker)
    if not person_name.strip() or not wording.strip():
        raise Invalid("Give the person's name and the wording they agreed to.")
    valid_from = terms.valid_from or _now()
    if terms.valid_until is not None and terms.valid_until <= valid_from:
        raise Invalid("valid_until must lie after valid_from.", field="valid_until")
    consent = ConsentRecord.objects.create(
        tenant_id=locked.tenant_id,
        speaker=locked,
        person_name=person_name.strip(),
        wording=wording,
        wording_version=wording_version,
        valid_from=valid_from,
        valid_until=terms.valid_until,
        **terms.columns(),
    )
    if evidence is not None and written is not None:
        _require_free_term(consent)
        for name, value in _kept(evidence, written).items():
            setattr(consent, name, value)
        consent.state = ConsentState.ACTIVE
        consent.save(update_fields=["evidence", "evidence_sha256", "state"])
    record(
        actor,
        Action.CONSENT_RECORDED,
        consent,
        speaker=locked.public_id,
        state=str(consent.state),
        purposes=consent.purposes,
    )
    return consent


@transaction.atomic
def attach_evidence(
    actor: Actor, *, consent: ConsentRecord, evidence: StoredObject, written: Written
) -> ConsentRecord:
    """Give a pending consent its evidence: from now on it is active.

    Raises:
        IllegalTransition: it is not pending.
        Conflict: another consent of this speaker is active within the same term.
    """
    authorize(actor, Permission.CONSENTS_WRITE)
    access.require(actor, consent.speaker, "manage")
    _lock_speaker(consent.speaker)
    _require_free_term(consent)
    return transition(
        actor,
        consent,
        to=ConsentState.ACTIVE,
        action=Action.CONSENT_ACTIVATED,
        note={"evidence": evidence.public_id, "sha256": written.sha256},
        **_kept(evidence, written),
    )


@transaction.atomic
def revoke(actor: Actor, *, consent: ConsentRecord, reason: str) -> ConsentRecord:
    """From the moment this commits nothing is trained, released or downloaded under it.

    The update waits for releases that hold the row and stops those that come later. What exists
    already is withdrawn by the subscribers of this event.
    """
    authorize(actor, Permission.CONSENTS_WRITE)
    access.require(actor, consent.speaker, "manage")
    if not reason.strip():
        raise Invalid("Say why the consent is revoked.", field="reason")
    revoked = transition(
        actor,
        consent,
        to=ConsentState.REVOKED,
        action=Action.CONSENT_REVOKED,
        note={"speaker": consent.speaker.public_id},
        revoked_at=Now(),
        revoke_reason=reason.strip(),
    )
    revoked.refresh_from_db(fields=["revoked_at"])
    return revoked


def expire_due() -> int:
    """Move every active consent whose term has ended to expired; returns how many.

    The gate does not wait for this: it reads the term itself.
    """
    return sum(_expire_in(tenant) for tenant in Tenant.objects.all())


def _expire_in(tenant: Tenant) -> int:
    with tenant_scope(tenant.pk):
        due = ConsentRecord.objects.filter(
            state=ConsentState.ACTIVE, valid_until__lte=Now()
        ).select_for_update(skip_locked=True)
        for consent in due:
            transition(
                system_actor("consent-sweep"),
                consent,
                to=ConsentState.EXPIRED,
                action=Action.CONSENT_EXPIRED,
            )
        return len(due)


def _lock_speaker(speaker: Speaker) -> Speaker:
    """Held, so that two consents of one speaker cannot become active at the same moment."""
    return require_active(Speaker.objects.select_for_update(no_key=True).get(pk=speaker.pk))


def _require_free_term(consent: ConsentRecord) -> None:
    ends_later = Q(valid_until__isnull=True) | Q(valid_until__gt=consent.valid_from)
    others = ConsentRecord.objects.filter(
        ends_later, speaker_id=consent.speaker_id, state=ConsentState.ACTIVE
    ).exclude(pk=consent.pk)
    if consent.valid_until is not None:
        others = others.filter(valid_from__lt=consent.valid_until)
    other = others.first()
    if other is not None:
        raise Conflict(
            f"The consent {other.public_id} is active within the same term; revoke it first, or "
            "let this one begin when that one ends.",
            code="consent_overlaps",
            consent=other.public_id,
        )


def _kept(evidence: StoredObject, written: Written) -> dict[str, object]:
    """Keep the evidence, on hold: the proof must outlive everything made under the consent."""
    make_live(evidence, written)
    return {"evidence": set_hold(evidence, on=True), "evidence_sha256": written.sha256}


def _now() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        (now,) = cursor.fetchone()
    moment: datetime = now
    return moment
