"""The question before a voice is trained, heard or published: has the speaker agreed to this?"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models.functions import Now

from voiceassets.consent.models import ConsentRecord, ConsentState, Purpose
from voiceassets.consent.terms import Use
from voiceassets.core.errors import Refused
from voiceassets.core.statements import found
from voiceassets.speakers.models import Speaker

# The database's clock decides. A reader that waited for a lock sees the row as it is by then,
# which is why the state and the term are asked for again here and not taken from memory.
MADE_UNDER_OR_IN_FORCE = """
SELECT c.*, now.in_force FROM consent_consentrecord c, LATERAL (
    SELECT c.speaker_id = %(speaker)s AND c.state = 'active'
           AND c.valid_from <= coalesce(%(at)s, statement_timestamp())
           AND coalesce(least(c.valid_until, c.ends_at), 'infinity')
               > coalesce(%(at)s, statement_timestamp()) AS in_force
) now
 WHERE c.id = %(consent)s OR now.in_force
"""
NOT_REVOKED = "SELECT * FROM consent_consentrecord c WHERE id = %(consent)s AND state <> 'revoked'"
HOLD = " FOR SHARE OF c"


class ConsentRefused(Refused):
    """The speaker has not agreed, or no longer agrees, to this."""

    code = "consent_missing"


def require(
    speaker: Speaker,
    purpose: str,
    *,
    language: str | None = None,
    territory: str | None = None,
    channel: str | None = None,
    at: datetime | None = None,
    lock: bool = False,
) -> ConsentRecord:
    """The consent in force that covers all of this; see `Use` for what is empty or None.

    With `lock` the row is held FOR SHARE until the caller's transaction ends: a revocation then
    waits for it, and one that came first is seen. Without `at` the time is the database's.

    Raises:
        ConsentRefused: `consent_missing`, `consent_expired`, `consent_revoked` or `consent_scope`.
    """
    use = Use(language=language, territory=territory, channel=channel)
    return require_use(speaker, purpose, use, at=at, lock=lock)


def require_use(
    speaker: Speaker,
    purpose: str,
    use: Use,
    *,
    at: datetime | None = None,
    lock: bool = False,
) -> ConsentRecord:
    """`require` for a whole use; a commercial or cloned one needs that purpose, too."""
    wanted: dict[str, Any] = {"consent": None, "speaker": speaker.pk, "at": at}
    for consent in _found(MADE_UNDER_OR_IN_FORCE, wanted, lock=lock):
        return require_covered(consent, purpose, use)
    raise none_in_force(speaker)


def require_both(
    made_under: UUID, speaker: Speaker, purpose: str, use: Use, *, lock: bool = False
) -> ConsentRecord:
    """`require_unrevoked` for the consent that a voice was made under, and `require_use`, at once.

    Raises:
        ConsentRefused: as they do.
    """
    wanted: dict[str, Any] = {"consent": made_under, "speaker": speaker.pk, "at": None}
    rows: Any = _found(MADE_UNDER_OR_IN_FORCE, wanted, lock=lock)
    for row in rows:
        if row.pk == made_under and row.state == ConsentState.REVOKED:
            raise _lost(row)
    for row in rows:
        if row.in_force:
            return require_covered(row, purpose, use)
    raise none_in_force(speaker)


def require_covered(consent: ConsentRecord, purpose: str, use: Use) -> ConsentRecord:
    """This consent, if its scope covers the use; whether it is in force is not asked.

    Raises:
        ConsentRefused: `consent_scope`, naming what is missing.
    """
    asked = [
        ("purpose", purpose, consent.purposes),
        ("language", use.language, consent.languages),
        ("territory", use.territory, consent.territories),
        ("channel", use.channel, consent.channels),
    ]
    if use.commercial:
        asked.append(("purpose", Purpose.COMMERCIAL.value, consent.purposes))
    if use.cloned:
        asked.append(("purpose", Purpose.CLONE.value, consent.purposes))
    for what, wanted, agreed in asked:
        if wanted is not None and not _covers(agreed, wanted, everything=what != "purpose"):
            covered = (
                f"The speaker's consent does not cover the {what} {wanted}"
                if wanted
                else f"The speaker's consent is limited, and no {what} was named"
            )
            raise ConsentRefused(
                f"{covered}; it covers {', '.join(agreed)}. Record a consent that does, or choose "
                f"another {what}.",
                code="consent_scope",
                consent=consent.public_id,
                missing=what,
                wanted=wanted,
            )
    return consent


def require_unrevoked(consent: ConsentRecord, *, lock: bool = False) -> ConsentRecord:
    """This very consent, unless it was revoked: for what was made under it while it was in force.

    Raises:
        ConsentRefused: `consent_revoked`.
    """
    for row in _found(NOT_REVOKED, {"consent": consent.pk}, lock=lock):
        return row
    raise _lost(ConsentRecord.objects.get(pk=consent.pk))


def none_in_force(speaker: Speaker, *, at: datetime | None = None) -> ConsentRefused:
    """Why nothing is in force at that time, told by the newest consent that once was."""
    consents = ConsentRecord.objects.filter(speaker=speaker)
    last = (
        consents.exclude(state=ConsentState.PENDING)
        .filter(valid_from__lte=at or Now())
        .order_by("-valid_from", "-id")
        .first()
    )
    if last is not None:
        return _lost(last)
    if consents.filter(state=ConsentState.PENDING).exists():
        return ConsentRefused("The speaker's consent waits for its evidence; attach it first.")
    return ConsentRefused(
        "No consent of this speaker is in force; record one with its evidence first."
    )


def _found(sql: str, wanted: dict[str, Any], *, lock: bool) -> list[ConsentRecord]:
    return found(ConsentRecord, sql + HOLD if lock else sql, wanted)


def _covers(agreed: list[str], wanted: str, *, everything: bool) -> bool:
    """Whether `wanted` or what it is a part of (`en-GB` of `en`) was agreed to.

    An empty list means everything where that is allowed: a purpose is always named.
    """
    if not agreed:
        return everything
    return any(wanted == entry or wanted.startswith(f"{entry}-") for entry in agreed)


def _lost(consent: ConsentRecord) -> ConsentRefused:
    if consent.state == ConsentState.REVOKED:
        return ConsentRefused(
            "The speaker has revoked the consent; nothing may be made with this voice.",
            code="consent_revoked",
            consent=consent.public_id,
        )
    return ConsentRefused(
        "The speaker's consent is outside its term; record a consent for today.",
        code="consent_expired",
        consent=consent.public_id,
    )
