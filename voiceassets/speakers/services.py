"""Creating, changing and archiving speakers, and granting people their voices."""

from __future__ import annotations

from collections.abc import Collection

from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from guardian.shortcuts import assign_perm, remove_perm

from voiceassets.accounts.models import User
from voiceassets.audit.actions import Action
from voiceassets.audit.services import record, transition
from voiceassets.core.context import Actor, current_tenant
from voiceassets.core.errors import Conflict, Invalid, NotFound
from voiceassets.speakers import access
from voiceassets.speakers.access import CODENAME, IMPLIED, Verb
from voiceassets.speakers.languages import normal_languages
from voiceassets.speakers.models import Speaker, SpeakerState
from voiceassets.tenants.models import Membership
from voiceassets.tenants.permissions import Permission
from voiceassets.tenants.policy import authorize


@transaction.atomic
def create_speaker(
    actor: Actor, *, name: str, description: str = "", languages: Collection[str] = ()
) -> Speaker:
    """A new voice of the tenant in scope. Who creates one without seeing all voices manages it."""
    authorize(actor, Permission.SPEAKERS_WRITE)
    speaker = Speaker(
        tenant_id=current_tenant(),
        name=_name(name),
        description=description.strip(),
        languages=normal_languages(languages),
    )
    _save(speaker)
    granted = {}
    if not actor.all_voices and actor.user_id is not None:
        creator = User.objects.get(pk=actor.user_id)
        _assign(creator, speaker, IMPLIED["manage"])
        granted = {"to": creator.public_id, "verbs": sorted(IMPLIED["manage"])}
    record(actor, Action.SPEAKER_CREATED, speaker, **granted)
    return speaker


@transaction.atomic
def update_speaker(
    actor: Actor,
    *,
    speaker: Speaker,
    name: str | None = None,
    description: str | None = None,
    languages: Collection[str] | None = None,
) -> Speaker:
    """Change what is given; the audit log keeps which fields, not their text."""
    authorize(actor, Permission.SPEAKERS_WRITE)
    access.require(actor, speaker, "manage")
    locked = _lock_active(speaker)
    changed = []
    if name is not None and name.strip() != locked.name:
        locked.name = _name(name)
        changed.append("name")
    if description is not None:
        locked.description = description.strip()
        changed.append("description")
    if languages is not None:
        locked.languages = normal_languages(languages)
        changed.append("languages")
    _save(locked)
    record(actor, Action.SPEAKER_UPDATED, locked, fields=changed)
    return locked


@transaction.atomic
def archive_speaker(actor: Actor, *, speaker: Speaker) -> Speaker:
    """The voice stays on record and takes nothing new: no recording, training or speech."""
    authorize(actor, Permission.SPEAKERS_WRITE)
    access.require(actor, speaker, "manage")
    return transition(actor, speaker, to=SpeakerState.ARCHIVED, action=Action.SPEAKER_ARCHIVED)


@transaction.atomic
def grant(actor: Actor, *, speaker: Speaker, to: User | Group, verbs: Collection[Verb]) -> Speaker:
    """Let a member, or everybody of a group, do `verbs` with this voice and what they imply."""
    authorize(actor, Permission.SPEAKERS_GRANT)
    access.require(actor, speaker, "manage")
    if not verbs:
        raise Invalid("Say what to grant: see, use or manage.")
    if isinstance(to, User) and not Membership.objects.filter(user=to).exists():
        raise NotFound("There is no such member.")
    implied = sorted({needed for verb in verbs for needed in IMPLIED[verb]})
    _assign(to, speaker, implied)
    record(actor, Action.VOICE_GRANTED, speaker, to=_public_id(to), verbs=implied)
    return speaker


@transaction.atomic
def withdraw(
    actor: Actor,
    *,
    speaker: Speaker,
    from_: User | Group,
    verbs: Collection[Verb] | None = None,
) -> Speaker:
    """Take back `verbs` and what cannot be had without them; by default everything."""
    authorize(actor, Permission.SPEAKERS_GRANT)
    access.require(actor, speaker, "manage")
    taken = set(IMPLIED if verbs is None else verbs)
    lost = sorted(verb for verb, needs in IMPLIED.items() if taken & set(needs))
    for verb in lost:
        remove_perm(CODENAME[verb], from_, speaker)
    record(actor, Action.VOICE_WITHDRAWN, speaker, of=_public_id(from_), verbs=lost)
    return speaker


def require_active(speaker: Speaker) -> Speaker:
    """Raise `Conflict` for a voice that is archived or was erased: it takes nothing new."""
    if speaker.state != SpeakerState.ACTIVE:
        raise Conflict(
            f"This speaker is {speaker.state} and takes nothing new.", code="speaker_archived"
        )
    return speaker


def _assign(to: User | Group, speaker: Speaker, verbs: Collection[Verb]) -> None:
    for verb in verbs:
        assign_perm(CODENAME[verb], to, speaker)


def _lock_active(speaker: Speaker) -> Speaker:
    return require_active(Speaker.objects.select_for_update(no_key=True).get(pk=speaker.pk))


def _name(name: str) -> str:
    name = name.strip()
    if not name:
        raise Invalid("A speaker needs a name.")
    return name


def _save(speaker: Speaker) -> None:
    """Save under a name that no other active speaker has; the database decides."""
    try:
        with transaction.atomic():
            speaker.save()
    except IntegrityError as error:
        raise Conflict(
            f"An active speaker named {speaker.name} exists already; choose another name.",
            code="name_taken",
        ) from error


def _public_id(to: User | Group) -> str:
    return to.public_id if isinstance(to, User) else f"grp_{to.pk}"
