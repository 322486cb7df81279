"""Questions about speakers."""

from __future__ import annotations

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, QuerySet

from voiceassets.core import ids
from voiceassets.core.context import Actor, current_tenant
from voiceassets.core.errors import NotFound
from voiceassets.core.statements import found
from voiceassets.speakers import access
from voiceassets.speakers.models import Speaker, SpeakerUserPermission
from voiceassets.tenants.models import Membership

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


def grants(actor: Actor, speaker: Speaker) -> QuerySet[Membership]:
    """The members who were granted something on this voice, each with the `codenames` of that."""
    access.require(actor, speaker, "see")
    granted = SpeakerUserPermission.objects.filter(content_object=speaker, user=OuterRef("user"))
    names = granted.order_by("permission__codename").values("permission__codename")
    rows = Membership.objects.filter(Exists(granted)).annotate(codenames=ArraySubquery(names))
    return rows.select_related("user").order_by("-id")
