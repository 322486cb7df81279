"""What must follow from a decision elsewhere: read from the sealed log, in order, at least once."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from voiceassets.assets import services as assets
from voiceassets.audit import outbox
from voiceassets.audit.actions import Action
from voiceassets.audit.models import Event
from voiceassets.consent.models import ConsentRecord
from voiceassets.core import ids
from voiceassets.core.context import tenant_scope
from voiceassets.registry import services as registry
from voiceassets.tenants.services import system_actor


def withdraw_what_rests_on(event: Event) -> None:
    """A consent was revoked: stop what is being made under it, withdraw what was made."""
    actor = system_actor("revocation")
    with tenant_scope(event.tenant_id):
        consent = ConsentRecord.objects.get(pk=ids.decode(ConsentRecord.PREFIX, event.object_id))
        registry.revoke_versions_of(actor, consent=consent)
        assets.revoke_assets_of(actor, consent=consent)


SUBSCRIPTIONS: Mapping[str, tuple[frozenset[str], Callable[[Event], None]]] = {
    "revocation": (frozenset({Action.CONSENT_REVOKED}), withdraw_what_rests_on),
}


def deliver_all() -> int:
    """Hand every subscriber the events it has not seen yet; returns how many were handed over."""
    return sum(
        outbox.deliver(name, handle, actions=actions)
        for name, (actions, handle) in SUBSCRIPTIONS.items()
    )
