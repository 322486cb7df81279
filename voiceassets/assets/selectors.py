"""Questions about what was said."""

from __future__ import annotations

from django.db.models import QuerySet

from voiceassets.assets.models import Asset, SynthesisRequest
from voiceassets.core import ids
from voiceassets.core.context import Actor
from voiceassets.core.errors import NotFound
from voiceassets.speakers import access
from voiceassets.speakers.models import Speaker


def requests(actor: Actor, *, speaker: Speaker | None = None) -> QuerySet[SynthesisRequest]:
    """The requests to voices the actor may know of, newest first."""
    rows = SynthesisRequest.objects.filter(access.known(actor))
    if speaker is not None:
        rows = rows.filter(speaker=speaker)
    return rows.select_related("speaker", "version", "consent", "job", "asset").order_by("-id")


def get_request(actor: Actor, public_id: str) -> SynthesisRequest:
    """Raises `NotFound` when it is missing, another tenant's, or to a hidden voice."""
    row = requests(actor).filter(pk=ids.decode(SynthesisRequest.PREFIX, public_id)).first()
    if row is None:
        raise NotFound("There is no such synthesis request.")
    return row


def assets(actor: Actor, *, speaker: Speaker | None = None, state: str = "") -> QuerySet[Asset]:
    """The audio of voices the actor may know of, newest first."""
    rows = Asset.objects.filter(access.known(actor, "request__speaker"))
    if speaker is not None:
        rows = rows.filter(request__speaker=speaker)
    if state:
        rows = rows.filter(state=state)
    return rows.select_related("request__speaker", "request__version", "object").order_by("-id")


def get_asset(actor: Actor, public_id: str) -> Asset:
    """Raises `NotFound` when it is missing, another tenant's, or of a hidden voice."""
    row = assets(actor).filter(pk=ids.decode(Asset.PREFIX, public_id)).first()
    if row is None:
        raise NotFound("There is no such asset.")
    return row
