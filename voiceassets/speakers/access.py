"""Who may see, use or manage which voice."""

from __future__ import annotations

from typing import Literal

from django.db.models import Exists, OuterRef, Q, QuerySet

from voiceassets.accounts.models import User
from voiceassets.core.context import Actor, ActorKind
from voiceassets.core.errors import NotAllowed, NotFound
from voiceassets.speakers.models import Speaker, SpeakerGroupPermission, SpeakerUserPermission

Verb = Literal["see", "use", "manage"]

CODENAME: dict[Verb, str] = {"see": "see_voice", "use": "use_voice", "manage": "manage_voice"}
# What a verb cannot be had without, itself included.
IMPLIED: dict[Verb, tuple[Verb, ...]] = {
    "see": ("see",),
    "use": ("see", "use"),
    "manage": ("see", "use", "manage"),
}


def visible(actor: Actor) -> QuerySet[Speaker]:
    """The voices the actor may know of."""
    return _granted(actor, "see")


def require(actor: Actor, speaker: Speaker, verb: Verb) -> Speaker:
    """Return `speaker` when the actor may do `verb` with this voice.

    Raises:
        NotFound: the actor may not know that it exists.
        NotAllowed: the actor sees it but was not granted `verb`.
    """
    if _granted(actor, verb).filter(pk=speaker.pk).exists():
        return speaker
    if verb != "see" and visible(actor).filter(pk=speaker.pk).exists():
        raise NotAllowed(
            f"You may not {verb} this voice; ask whoever manages it to grant you `{verb}`.",
            code="voice_not_granted",
            verb=verb,
        )
    raise NotFound("There is no such speaker.")


def _granted(actor: Actor, verb: Verb) -> QuerySet[Speaker]:
    speakers = Speaker.objects.all()
    if actor.voices is not None:
        speakers = speakers.filter(pk__in=actor.voices)
    if actor.all_voices or actor.kind in {ActorKind.WORKER, ActorKind.SYSTEM}:
        return speakers
    if actor.user_id is None:
        return speakers.none()
    to_voice = {"content_object": OuterRef("pk"), "permission__codename": CODENAME[verb]}
    own = SpeakerUserPermission.objects.filter(user_id=actor.user_id, **to_voice)
    shared = SpeakerGroupPermission.objects.filter(group__user=actor.user_id, **to_voice)
    return speakers.filter(Q(Exists(own)) | Q(Exists(shared)))


def forget(user: User) -> None:
    """Take back every voice of the tenant from somebody who has left it, which is on record."""
    SpeakerUserPermission.objects.filter(user=user).delete()
