"""Who may see, use or manage which voice."""

from __future__ import annotations

from typing import Any, Literal

from django.db.models import Exists, OuterRef, Q, QuerySet

from voiceassets.accounts.models import User
from voiceassets.core.context import Actor, ActorKind, current_scope
from voiceassets.core.errors import NotAllowed, NotFound
from voiceassets.speakers.models import Speaker, SpeakerGroupPermission, SpeakerUserPermission

Verb = Literal["see", "use", "manage"]

CODENAME: dict[Verb, str] = {"see": "see_voice", "use": "use_voice", "manage": "manage_voice"}
# So many voices are named one by one in a query of what hangs from them: the database then looks
# for theirs, where it would otherwise read everybody's, newest first.
FEW = 100
# What a verb cannot be had without, itself included.
IMPLIED: dict[Verb, tuple[Verb, ...]] = {
    "see": ("see",),
    "use": ("see", "use"),
    "manage": ("see", "use", "manage"),
}


def visible(actor: Actor) -> QuerySet[Speaker]:
    """The voices the actor may know of."""
    return _granted(actor, "see")


def known(actor: Actor, speaker: str = "speaker") -> Q:
    """For queries of what hangs from voices: that the actor may know of the voice.

    `speaker` is the way from the row to its voice. Whoever may know of all gets no condition: a row
    and its voice are of the same tenant.
    """
    if _sees_all(actor):
        return Q() if actor.voices is None else Q(**{f"{speaker}__in": actor.voices})
    if actor.voices is None and actor.user_id is not None:
        granted = _grants(SpeakerUserPermission.objects.filter(user_id=actor.user_id), "see")
        shared = _grants(SpeakerGroupPermission.objects.filter(group__user=actor.user_id), "see")
        voices = granted.union(shared, all=True)[: FEW + 1]
        if len(voices) <= FEW:
            return Q(**{f"{speaker}__in": set(voices)})
    return Q(**{f"{speaker}__in": visible(actor)})


def require(actor: Actor, speaker: Speaker, verb: Verb) -> Speaker:
    """Return `speaker` when the actor may do `verb` with this voice.

    Raises:
        NotFound: the actor may not know that it exists.
        NotAllowed: the actor sees it but was not granted `verb`.
    """
    if _granted_all(actor, speaker) or _granted(actor, verb).filter(pk=speaker.pk).exists():
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
    if _sees_all(actor):
        return speakers
    if actor.user_id is None:
        return speakers.none()
    to_voice = {"content_object": OuterRef("pk"), "permission__codename": CODENAME[verb]}
    own = SpeakerUserPermission.objects.filter(user_id=actor.user_id, **to_voice)
    shared = SpeakerGroupPermission.objects.filter(group__user=actor.user_id, **to_voice)
    return speakers.filter(Q(Exists(own)) | Q(Exists(shared)))


def _granted_all(actor: Actor, speaker: Speaker) -> bool:
    """Whether every voice of the tenant in scope is the actor's, and this is one of them."""
    bound = actor.voices is not None and speaker.pk not in actor.voices
    return _sees_all(actor) and not bound and current_scope().tenant_id == speaker.tenant_id


def _sees_all(actor: Actor) -> bool:
    return actor.all_voices or actor.kind in {ActorKind.WORKER, ActorKind.SYSTEM}


def _grants(grants: QuerySet[Any], verb: Verb) -> QuerySet[Any, Any]:
    of_verb = grants.filter(permission__codename=CODENAME[verb])
    return of_verb.values_list("content_object_id", flat=True)


def forget(user: User) -> None:
    """Take back every voice of the tenant from somebody who has left it, which is on record."""
    SpeakerUserPermission.objects.filter(user=user).delete()
