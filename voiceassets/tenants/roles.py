"""Roles that companies put together themselves; nobody gives more than they have."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import IntegrityError, transaction

from voiceassets.audit.actions import Action
from voiceassets.audit.services import record
from voiceassets.core.context import Actor, ActorKind, current_tenant
from voiceassets.core.errors import Conflict, Invalid, NotAllowed, NotFound
from voiceassets.tenants.models import CustomRole, HasRole, Invitation, Membership
from voiceassets.tenants.permissions import Granted, Permission, Role, granted_by
from voiceassets.tenants.policy import authorize, require_whole


def granted_to(holder: HasRole) -> Granted:
    """What a member, or whoever accepts an invitation, may do by their role."""
    return granted_by(holder.role) if not holder.custom_role else _granted(holder.custom_role)


def fields_of(role: Role | CustomRole) -> dict[str, Any]:
    """The columns of a `HasRole` that hold this role."""
    if isinstance(role, CustomRole):
        return {"role": "", "custom_role": role}
    return {"role": role.value, "custom_role": None}


def name_of(role: Role | CustomRole) -> str:
    return role.public_id if isinstance(role, CustomRole) else role.value


def require_givable(actor: Actor, role: Role | CustomRole) -> None:
    """Raise `NotAllowed` unless the actor may make somebody hold this role.

    Who gives a role needs all that it grants: otherwise they could give it to a second self.
    """
    authorize(actor, Permission.MEMBERS_WRITE)
    require_whole(actor)
    granted = _granted(role) if isinstance(role, CustomRole) else granted_by(role)
    _require_covered(actor, granted)


@transaction.atomic
def create_role(
    actor: Actor, *, name: str, permissions: Iterable[Permission], all_voices: bool
) -> CustomRole:
    """A new role of the company.

    Raises:
        NotAllowed: it would grant what the actor does not have.
        Conflict: there is a role of this name.
    """
    authorize(actor, Permission.MEMBERS_WRITE)
    require_whole(actor)
    role = CustomRole(
        tenant_id=current_tenant(),
        name=_name(name),
        permissions=sorted(set(permissions)),
        all_voices=all_voices,
    )
    _require_covered(actor, _granted(role))
    _save(role)
    record(actor, Action.ROLE_CREATED, role, **_spelt(role))
    return role


@transaction.atomic
def update_role(
    actor: Actor,
    *,
    role: CustomRole,
    name: str | None = None,
    permissions: Iterable[Permission] | None = None,
    all_voices: bool | None = None,
) -> CustomRole:
    """Change what a role grants, at once for everybody who holds it."""
    authorize(actor, Permission.MEMBERS_WRITE)
    require_whole(actor)
    locked = _locked(role)
    _require_covered(actor, _granted(locked))
    if name is not None:
        locked.name = _name(name)
    if permissions is not None:
        locked.permissions = sorted(set(permissions))
    if all_voices is not None:
        locked.all_voices = all_voices
    _require_covered(actor, _granted(locked))
    _save(locked)
    record(actor, Action.ROLE_UPDATED, locked, **_spelt(locked))
    return locked


@transaction.atomic
def delete_role(actor: Actor, *, role: CustomRole) -> None:
    """Remove a role that nobody holds and nobody is invited to.

    Raises:
        Conflict: somebody does, or was.
    """
    authorize(actor, Permission.MEMBERS_WRITE)
    require_whole(actor)
    locked = _locked(role)
    for holders in (Membership.objects, Invitation.objects):
        if holders.filter(custom_role=locked).exists():
            raise Conflict(
                "Members or invitations name this role; give the members another one first.",
                code="role_in_use",
            )
    record(actor, Action.ROLE_DELETED, locked)
    locked.delete()


def _locked(role: CustomRole) -> CustomRole:
    """The row, so that nobody is given the role while it changes."""
    found = CustomRole.objects.select_for_update().filter(pk=role.pk).first()
    if found is None:
        raise NotFound("There is no such role.")
    return found


def _granted(role: CustomRole) -> Granted:
    return granted_by("", permissions=role.permissions, all_voices=role.all_voices)


def _require_covered(actor: Actor, granted: Granted) -> None:
    if actor.kind is ActorKind.SYSTEM:
        return
    beyond = granted.permissions - actor.permissions
    if beyond or (granted.all_voices and not actor.all_voices):
        what = ", ".join(sorted(beyond)) or "every voice"
        raise NotAllowed(f"You cannot give what you do not have: {what}.", code="beyond_own")


def _name(name: str) -> str:
    name = name.strip()
    if not name or name in set(Role):
        raise Invalid("A role needs a name of its own, other than those of the built-in roles.")
    return name


def _save(role: CustomRole) -> None:
    """Save under a name that no other role of the company has; the database decides."""
    try:
        with transaction.atomic():
            role.save()
    except IntegrityError as error:
        raise Conflict(
            f"A role named {role.name} exists already; choose another name.", code="name_taken"
        ) from error


def _spelt(role: CustomRole) -> dict[str, Any]:
    """What the log holds of it, so that it can be told later who could do what."""
    return {"permissions": role.permissions, "all_voices": role.all_voices}
