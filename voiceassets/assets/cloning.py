"""A clip that somebody sent to have a voice speak like it: its own right, and its end."""

from __future__ import annotations

from dataclasses import dataclass

from voiceassets.assets.models import SynthesisRequest
from voiceassets.core.context import Actor
from voiceassets.storage import services as storage
from voiceassets.storage.backends import Written
from voiceassets.storage.models import ObjectState, StoredObject
from voiceassets.tenants.permissions import Permission
from voiceassets.tenants.policy import authorize


@dataclass(frozen=True, kw_only=True)
class SentClip:
    """A stored clip that is not live yet, what is said in it (or nothing), and in which language.

    Without a transcript it lends the timbre only.
    """

    stored: StoredObject
    written: Written
    transcript: str
    language: str


def attach(actor: Actor, request: SynthesisRequest, clip: SentClip) -> None:
    """Make the clip the request's, before that is saved; whose voice it is the worker hears.

    Raises:
        NotAllowed: the actor may speak, but not like a clip of their own.
    """
    authorize(actor, Permission.SYNTHESIS_CLONE)
    request.clip = storage.make_live(clip.stored, clip.written)
    request.clip_text, request.clip_language = clip.transcript, clip.language


def forget(actor: Actor, request: SynthesisRequest) -> None:
    """Erase the clip and its words; the hash stays, as the record of what was used."""
    if request.clip is None or request.clip.state != ObjectState.LIVE:
        return
    storage.erase(actor, request.clip)
    request.clip_text = ""
    request.save(update_fields=["clip_text"])
