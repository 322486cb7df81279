"""The no-go list: who is added to it, and how two people take somebody off it."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from voiceassets.audit.actions import Action
from voiceassets.audit.services import record, transition
from voiceassets.core import ids
from voiceassets.core.context import Actor
from voiceassets.core.errors import Invalid, NotAllowed
from voiceassets.jobs import services as jobs
from voiceassets.jobs.kinds import JobKind
from voiceassets.speakers.models import Speaker
from voiceassets.storage import services as storage
from voiceassets.storage.backends import Written
from voiceassets.storage.models import StoredObject
from voiceassets.tenants.permissions import Permission
from voiceassets.tenants.policy import authorize
from voiceassets.voiceprints import keeping
from voiceassets.voiceprints.models import Appeal, AppealState, NoGoState, NoGoVoice
from voiceassets.voiceprints.vault import Vector


@transaction.atomic
def add(actor: Actor, *, name: str, reason: str, clip: StoredObject, written: Written) -> NoGoVoice:
    """Have a voice taken from a clip, so that it is refused from then on."""
    authorize(actor, Permission.NO_GO_WRITE)
    entry_id = ids.uuid7()
    live = storage.make_live(clip, written)
    entry = NoGoVoice.objects.create(
        id=entry_id,
        tenant_id=clip.tenant_id,
        name=_said(name, "name"),
        reason=_said(reason, "reason"),
        clip=live,
        job=jobs.submit(actor, kind=JobKind.EMBED, tenant_id=clip.tenant_id, subject_id=entry_id),
        added_by=actor.id,
    )
    record(actor, Action.NO_GO_ADDED, entry, object=live.public_id, sha256=written.sha256)
    return entry


@transaction.atomic
def activate(actor: Actor, *, entry: NoGoVoice, encoder: str, vector: Vector) -> NoGoVoice:
    """A worker has taken the voiceprint; the clip is not needed any more."""
    keeping.keep(holder=entry, source=entry, encoder=encoder, vector=vector)
    storage.erase(actor, entry.clip)
    return transition(
        actor, entry, to=NoGoState.ACTIVE, action=Action.NO_GO_ACTIVATED, note={"encoder": encoder}
    )


@transaction.atomic
def fail(actor: Actor, *, entry: NoGoVoice, code: str, message: str) -> NoGoVoice:
    """No voiceprint came of it; harmless when it ended otherwise before."""
    locked = NoGoVoice.objects.select_for_update().get(pk=entry.pk)
    if locked.state != NoGoState.WAITING:
        return locked
    storage.erase(actor, locked.clip)
    return transition(
        actor,
        locked,
        to=NoGoState.FAILED,
        action=Action.NO_GO_FAILED,
        note={"code": code},
        failure={"code": code, "message": message},
    )


@transaction.atomic
def appeal(
    actor: Actor, *, entry: NoGoVoice, reason: str, speaker: Speaker | None = None
) -> Appeal:
    """Ask that an entry does not stand: for one speaker, or at all."""
    authorize(actor, Permission.NO_GO_WRITE)
    opened = Appeal.objects.create(
        tenant_id=entry.tenant_id,
        voice=entry,
        speaker=speaker,
        reason=_said(reason, "reason"),
        opened_by_id=_person(actor),
    )
    about = {"speaker": speaker.public_id} if speaker else {}
    record(actor, Action.APPEAL_OPENED, opened, no_go=entry.public_id, **about)
    return opened


@transaction.atomic
def sign(actor: Actor, *, appeal: Appeal) -> Appeal:
    """Agree with an appeal. The second person to do so grants it.

    Raises:
        NotAllowed: the actor opened it, or has signed it already.
    """
    authorize(actor, Permission.NO_GO_SIGN)
    locked = Appeal.objects.select_for_update().get(pk=appeal.pk)
    person = _person(actor)
    if person in {locked.opened_by_id, locked.first_signer_id}:
        raise NotAllowed(
            "Two people have to sign, and neither of them is who opened the appeal.",
            code="needs_another_person",
        )
    if locked.first_signer_id is None:
        return transition(
            actor,
            locked,
            to=AppealState.OPEN,
            action=Action.APPEAL_SIGNED,
            first_signer_id=person,
        )
    granted = transition(
        actor,
        locked,
        to=AppealState.GRANTED,
        action=Action.APPEAL_GRANTED,
        second_signer_id=person,
    )
    if granted.speaker_id is None:
        # The appeal's event says that the entry falls with it.
        NoGoVoice.objects.filter(pk=granted.voice_id, state=NoGoState.ACTIVE).update(
            state=NoGoState.LIFTED
        )
        keeping.forget_source(granted.voice)
    return granted


@transaction.atomic
def deny(actor: Actor, *, appeal: Appeal) -> Appeal:
    """Let the entry stand; one person suffices for that."""
    authorize(actor, Permission.NO_GO_SIGN)
    return transition(actor, appeal, to=AppealState.DENIED, action=Action.APPEAL_DENIED)


@transaction.atomic
def revoke_voiceprint(actor: Actor, *, speaker: Speaker) -> int:
    """Forget what a speaker sounds like; new recordings bring it back. How many there were."""
    authorize(actor, Permission.SPEAKERS_WRITE)
    count = keeping.forget(speaker)
    record(actor, Action.VOICEPRINT_REVOKED, speaker, voiceprints=count)
    return count


def _person(actor: Actor) -> UUID:
    if actor.user_id is None:
        raise NotAllowed("Only a person can do this.", code="needs_a_person")
    return actor.user_id


def _said(text: str, field: str) -> str:
    if not text.strip():
        raise Invalid(f"{field} may not be empty.", field=field)
    return text.strip()
