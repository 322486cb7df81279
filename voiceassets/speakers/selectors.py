"""Questions about speakers."""

from __future__ import annotations

from django.db.models import QuerySet

from voiceassets.core import ids
from voiceassets.core.context import Actor, current_tenant
from voiceassets.core.errors import NotFound
from voiceassets.core.statements import found
from voiceassets.speakers import access
from voiceassets.speakers.models import Speaker, SpeakerGroupPermission, SpeakerUserPermission

BY_ID = "SELECT * FROM speakers_speaker WHERE tenant_id = %s AND id = %s"


def speakers(actor: Actor, *, state: str = "") -> QuerySet[Speaker]:
    """The voices the actor may know of, newest first."""
    rows = access.visible(actor).order_by("-id")
    return rows.filter(state=state) if state else rows


def get_speaker(actor: Actor, public_id: str) -> Speaker:
    """Raises `NotFound` when it is missing, another tenant's, or hidden from the actor."""
    wanted = [current_tenant(), ids.decode(Speaker.PREFIX, public_id)]
    for speaker in found(Speaker, BY_ID, wanted):
        return access.require(actor, speaker, "see")
    raise NotFound("There is no such speaker.")


def user_grants(actor: Actor, speaker: Speaker) -> QuerySet[SpeakerUserPermission]:
    """Who was granted what on this voice, person by person."""
    access.require(actor, speaker, "see")
    rows: QuerySet[SpeakerUserPermission] = SpeakerUserPermission.objects.filter(
        content_object=speaker
    )
    return rows.select_related("user", "permission").order_by("id")


def group_grants(actor: Actor, speaker: Speaker) -> QuerySet[SpeakerGroupPermission]:
    """Which groups were granted what on this voice."""
    access.require(actor, speaker, "see")
    rows: QuerySet[SpeakerGroupPermission] = SpeakerGroupPermission.objects.filter(
        content_object=speaker
    )
    return rows.select_related("group", "permission").order_by("id")
