"""What must hold of a speaker before anything is recorded or trained."""

from __future__ import annotations

from voiceassets.core.context import Actor
from voiceassets.core.errors import Conflict
from voiceassets.speakers import access
from voiceassets.speakers.models import Speaker, SpeakerState


def require_active_speaker(actor: Actor, speaker: Speaker) -> None:
    """Lock the speaker against being archived until the transaction ends.

    Raises:
        NotFound, NotAllowed: the actor may not manage this voice.
        Conflict: the speaker is archived.
    """
    access.require(actor, speaker, "manage")
    locked = Speaker.objects.select_for_update(no_key=True).get(pk=speaker.pk)
    if locked.state != SpeakerState.ACTIVE:
        raise Conflict(
            "This speaker is archived; nothing new is recorded or trained.",
            code="speaker_archived",
        )
