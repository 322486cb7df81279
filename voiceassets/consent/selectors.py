"""Questions about consents."""

from __future__ import annotations

from django.db.models import QuerySet

from voiceassets.consent.models import ConsentRecord
from voiceassets.core import ids
from voiceassets.core.context import Actor
from voiceassets.core.errors import NotFound
from voiceassets.speakers import access
from voiceassets.speakers.models import Speaker


def consents(
    actor: Actor, *, speaker: Speaker | None = None, state: str = ""
) -> QuerySet[ConsentRecord]:
    """The consents of voices the actor may know of, newest first."""
    rows = ConsentRecord.objects.filter(access.known(actor))
    if speaker is not None:
        rows = rows.filter(speaker=speaker)
    if state:
        rows = rows.filter(state=state)
    return rows.select_related("speaker", "evidence", "supersedes").order_by("-id")


def get_consent(actor: Actor, public_id: str) -> ConsentRecord:
    """Raises `NotFound` when it is missing, another tenant's, or of a hidden voice."""
    consent = consents(actor).filter(pk=ids.decode(ConsentRecord.PREFIX, public_id)).first()
    if consent is None:
        raise NotFound("There is no such consent.")
    return consent
