"""Recording a consent and giving it its evidence, from which on it is active."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Q, Value
from django.db.models.fields import DateTimeField
from django.db.models.functions import Coalesce, Least, Now

from voiceassets.audit.actions import Action
from voiceassets.audit.services import record, transition
from voiceassets.consent.models import ConsentRecord, ConsentState
from voiceassets.consent.terms import Terms
from voiceassets.core.clock import database_now
from voiceassets.core.context import Actor
from voiceassets.core.errors import Conflict, Invalid
from voiceassets.jobs import services as jobs
from voiceassets.jobs.kinds import JobKind
from voiceassets.speakers import access
from voiceassets.speakers.models import Speaker
from voiceassets.speakers.services import require_active
from voiceassets.storage.backends import Written
from voiceassets.storage.models import StoredObject
from voiceassets.storage.services import make_live, set_hold
from voiceassets.tenants.permissions import Permission
from voiceassets.tenants.policy import authorize

SPOKEN = ("audio/", "video/")
NEVER = datetime.max.replace(tzinfo=UTC)
NOT_RENEWABLE = (ConsentState.PENDING, ConsentState.REVOKED)


@transaction.atomic
def record_consent(
    actor: Actor,
    *,
    speaker: Speaker,
    person_name: str,
    terms: Terms,
    wording: str,
    wording_version: str = "1",
    supersedes: ConsentRecord | None = None,
    evidence: StoredObject | None = None,
    written: Written | None = None,
) -> ConsentRecord:
    """What the person behind `speaker` agreed to: active with evidence, else pending.

    `evidence` is a pending object and `written` its measure, from `storage.services.store_file`.
    A consent that `supersedes` another takes its place from its own beginning on.

    Raises:
        Conflict: another consent of this speaker is active within the same term.
    """
    authorize(actor, Permission.CONSENTS_WRITE)
    access.require(actor, speaker, "manage")
    locked = _lock_speaker(speaker)
    if not person_name.strip() or not wording.strip():
        raise Invalid("Give the person's name and the wording they agreed to.")
    valid_from = terms.valid_from or database_now()
    if terms.valid_until is not None and terms.valid_until <= valid_from:
        raise Invalid("valid_until must lie after valid_from.", field="valid_until")
    if supersedes is not None:
        _require_renewable(supersedes, locked, valid_from)
    consent = ConsentRecord.objects.create(
        tenant_id=locked.tenant_id,
        speaker=locked,
        person_name=person_name.strip(),
        wording=wording,
        wording_version=wording_version,
        valid_from=valid_from,
        valid_until=terms.valid_until,
        supersedes=supersedes,
        **terms.columns(),
    )
    if evidence is not None and written is not None:
        kept = _activate(actor, consent, evidence, written)
        for name, value in kept.items():
            setattr(consent, name, value)
        consent.state = ConsentState.ACTIVE
        consent.save(update_fields=["state", *kept])
        consent.refresh_from_db(fields=["activated_at"])
    record(
        actor,
        Action.CONSENT_RECORDED,
        consent,
        speaker=locked.public_id,
        state=str(consent.state),
        purposes=consent.purposes,
        supersedes=supersedes.public_id if supersedes else None,
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
    active = transition(
        actor,
        consent,
        to=ConsentState.ACTIVE,
        action=Action.CONSENT_ACTIVATED,
        note={"evidence": evidence.public_id, "sha256": written.sha256},
        **_activate(actor, consent, evidence, written),
    )
    active.refresh_from_db(fields=["activated_at"])
    return active


def _activate(
    actor: Actor, consent: ConsentRecord, evidence: StoredObject, written: Written
) -> dict[str, Any]:
    """Make room for the consent, keep its evidence, and return the columns that say so.

    Somebody's spoken word is listened to in a job: whether it is doubted is known in a while.
    """
    if consent.supersedes is not None:
        _supersede(actor, consent.supersedes, by=consent)
    _require_free_term(consent)
    # On hold: the proof must outlive everything made under the consent.
    make_live(evidence, written)
    if written.content_type.startswith(SPOKEN):
        jobs.submit(actor, kind=JobKind.LISTEN, tenant_id=consent.tenant_id, subject_id=consent.pk)
    return {
        "evidence": set_hold(evidence, on=True),
        "evidence_sha256": written.sha256,
        "activated_at": Now(),
    }


def _require_renewable(old: ConsentRecord, speaker: Speaker, valid_from: datetime) -> None:
    if old.speaker_id != speaker.pk:
        raise Invalid("This consent is of another speaker.", field="supersedes")
    if old.state in NOT_RENEWABLE:
        raise Conflict(
            f"A {old.state} consent cannot be renewed; record one that stands by itself.",
            code="consent_not_renewable",
        )
    if valid_from <= old.valid_from:
        raise Invalid("A renewal begins after the consent it renews.", field="valid_from")


def _supersede(actor: Actor, old: ConsentRecord, *, by: ConsentRecord) -> None:
    """End `old` where `by` begins; one that begins later leaves it active until then."""
    locked = ConsentRecord.objects.select_for_update().get(pk=old.pk)
    if locked.state != ConsentState.ACTIVE:
        _require_renewable(locked, by.speaker, by.valid_from)
        return
    ends_at = Least(Coalesce(F("ends_at"), by.valid_from), by.valid_from)
    if by.valid_from > database_now():
        ConsentRecord.objects.filter(pk=locked.pk).update(ends_at=ends_at)
        return
    transition(
        actor,
        locked,
        to=ConsentState.SUPERSEDED,
        action=Action.CONSENT_SUPERSEDED,
        note={"by": by.public_id},
        ends_at=ends_at,
    )


def _lock_speaker(speaker: Speaker) -> Speaker:
    """Held, so that two consents of one speaker cannot become active at the same moment."""
    return require_active(Speaker.objects.select_for_update(no_key=True).get(pk=speaker.pk))


def _require_free_term(consent: ConsentRecord) -> None:
    end = Coalesce(Least("valid_until", "ends_at"), Value(NEVER, output_field=DateTimeField()))
    others = (
        ConsentRecord.objects.annotate(end=end)
        .filter(
            Q(end__gt=consent.valid_from),
            speaker_id=consent.speaker_id,
            state=ConsentState.ACTIVE,
        )
        .exclude(pk=consent.pk)
    )
    if consent.valid_until is not None:
        others = others.filter(valid_from__lt=consent.valid_until)
    other = others.first()
    if other is not None:
        raise Conflict(
            f"The consent {other.public_id} is active within the same term; revoke it first, "
            "renew it, or let this one begin when that one ends.",
            code="consent_overlaps",
            consent=other.public_id,
        )
