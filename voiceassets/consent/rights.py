"""May this voice be used for this, on that day? Asked of the past, of today and of the future."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from voiceassets.consent import gate
from voiceassets.consent.gate import ConsentRefused
from voiceassets.consent.models import ConsentRecord
from voiceassets.consent.terms import Use, require_spelled
from voiceassets.core.clock import database_now
from voiceassets.core.context import Actor
from voiceassets.core.statements import found
from voiceassets.speakers import access
from voiceassets.speakers.models import Speaker, SpeakerState
from voiceassets.tenants.permissions import Permission
from voiceassets.tenants.policy import authorize

# What stood at a moment, whatever became of it since: a revocation ends a consent, it does not
# make it never given. A consent that waited for its evidence was none until it got it.
STOOD = """
SELECT * FROM consent_consentrecord
 WHERE speaker_id = %(speaker)s AND activated_at <= %(at)s AND valid_from <= %(at)s
   AND coalesce(least(valid_until, ends_at, revoked_at), 'infinity') > %(at)s
 ORDER BY valid_from DESC LIMIT 1
"""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The answer with its evidence; `until` is when the permission ends as things stand."""

    on: datetime
    purpose: str
    allowed: bool
    code: str
    message: str
    consent: ConsentRecord | None
    until: datetime | None


def ask(
    actor: Actor, *, speaker: Speaker, purpose: str, use: Use, on: datetime | None = None
) -> Verdict:
    """What the gates would say, without their locks; without `on`, now."""
    authorize(actor, Permission.SPEAKERS_READ)
    access.require(actor, speaker, "see")
    require_spelled(territory=use.territory or "", channel=use.channel or "")
    now = database_now()
    at = on or now
    consent = standing(speaker, at)
    try:
        if speaker.state != SpeakerState.ACTIVE and at >= now:
            raise ConsentRefused("This speaker is archived.", code="speaker_archived")
        if consent is None:
            raise gate.none_in_force(speaker, at=at)
        gate.require_covered(consent, purpose, use)
    except ConsentRefused as refusal:
        allowed, code, message = False, refusal.code, refusal.message
    else:
        allowed, code, message = True, "consent_in_force", "The speaker has agreed to this."
    return Verdict(
        on=at,
        purpose=purpose,
        allowed=allowed,
        code=code,
        message=message,
        consent=consent,
        until=ends(consent) if consent else None,
    )


def standing(speaker: Speaker, at: datetime) -> ConsentRecord | None:
    """The consent that stood at that time."""
    return next(iter(found(ConsentRecord, STOOD, {"speaker": speaker.pk, "at": at})), None)


def ends(consent: ConsentRecord) -> datetime | None:
    """When a consent that was once active ended, or will end; None is never."""
    known = [consent.valid_until, consent.ends_at, consent.revoked_at]
    return min((moment for moment in known if moment is not None), default=None)
