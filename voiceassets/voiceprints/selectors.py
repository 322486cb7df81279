"""What may be asked of the no-go list."""

from __future__ import annotations

from django.db.models import QuerySet

from voiceassets.core.context import Actor
from voiceassets.tenants.permissions import Permission
from voiceassets.tenants.policy import authorize
from voiceassets.voiceprints.models import Appeal, NoGoVoice


def no_go_voices(actor: Actor) -> QuerySet[NoGoVoice]:
    """The tenant's list."""
    authorize(actor, Permission.NO_GO_READ)
    return NoGoVoice.objects.select_related("job")


def appeals(actor: Actor) -> QuerySet[Appeal]:
    """The appeals against entries of the tenant's list."""
    authorize(actor, Permission.NO_GO_READ)
    return Appeal.objects.select_related(
        "voice", "speaker", "opened_by", "first_signer", "second_signer"
    )
