"""What must follow from a decision elsewhere: read from the sealed log, in order, at least once."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from voiceassets.assets import services as assets
from voiceassets.audit import outbox
from voiceassets.audit.actions import Action
from voiceassets.audit.models import Event
from voiceassets.consent.models import ConsentRecord
from voiceassets.core import ids
from voiceassets.core.context import ActorKind, tenant_scope
from voiceassets.jobs.kinds import JobKind
from voiceassets.jobs.models import Job
from voiceassets.registry import services as registry
from voiceassets.tenants.services import system_actor
from voiceassets.webhooks import delivering, services
from voiceassets.workers import subjects


def withdraw_what_rests_on(event: Event) -> None:
    """A consent was revoked: stop what is being made under it, withdraw what was made."""
    actor = system_actor("revocation")
    with tenant_scope(event.tenant_id):
        consent = ConsentRecord.objects.get(pk=ids.decode(ConsentRecord.PREFIX, event.object_id))
        registry.revoke_versions_of(actor, consent=consent)
        assets.revoke_assets_of(actor, consent=consent)


def abandon_subject_of(event: Event) -> None:
    """A job ended in nobody's hands, given up or cancelled in its queue: its subject must know.

    A worker tells the subject itself, when it ends the job. A subject with a newer job waits for
    that one.
    """
    if event.actor_kind == ActorKind.WORKER:
        return
    with tenant_scope(event.tenant_id):
        job = Job.objects.get(pk=ids.decode(Job.PREFIX, event.object_id))
        if Job.objects.filter(subject_id=job.subject_id, pk__gt=job.pk).exists():
            return
        error = job.error or {"code": "cancelled", "message": subjects.CANCELLED}
        subjects.abandon(
            system_actor("jobs"), kind=JobKind(job.kind), subject_id=job.subject_id, **error
        )


SUBSCRIPTIONS: Mapping[str, tuple[frozenset[str], Callable[[Event], None]]] = {
    "revocation": (frozenset({Action.CONSENT_REVOKED}), withdraw_what_rests_on),
    "webhooks": (services.EVENTS, delivering.enqueue),
    "ended jobs": (frozenset({Action.JOB_FAILED, Action.JOB_CANCELLED}), abandon_subject_of),
}


def deliver(name: str) -> int:
    """Hand this subscriber the events it has not seen yet; returns how many were handed over."""
    actions, handle = SUBSCRIPTIONS[name]
    return outbox.deliver(name, handle, actions=actions)
