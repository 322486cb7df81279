"""The question that opens every service: may this actor do this?"""

from __future__ import annotations

from voiceassets.core.context import Actor, ActorKind
from voiceassets.core.errors import NotAllowed
from voiceassets.tenants.permissions import Permission


def allows(actor: Actor, permission: Permission) -> bool:
    """Workers and the system carry out what was authorized when it was asked for."""
    if actor.kind in {ActorKind.WORKER, ActorKind.SYSTEM}:
        return True
    return permission in actor.permissions


def authorize(actor: Actor, permission: Permission) -> None:
    """Raise `NotAllowed` unless the actor's role, narrowed by its key's scopes, permits it."""
    if not allows(actor, permission):
        raise NotAllowed(
            f"This needs the permission {permission}, which your role or key does not have.",
            permission=permission.value,
        )


def require_whole(actor: Actor) -> None:
    """Raise `NotAllowed` for a key with bounds of its own: it would escape them through others."""
    if actor.narrowed:
        raise NotAllowed(
            "A key that is bound to voices, networks or limits issues no keys and changes no "
            "members; use another.",
            code="key_narrowed",
        )
