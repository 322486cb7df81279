"""Who belongs to a company: roles given and taken, service accounts, people who leave."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from voiceassets.accounts.models import User
from voiceassets.audit.actions import Action
from voiceassets.audit.services import record
from voiceassets.core import ids
from voiceassets.core.context import Actor, ActorKind, current_tenant
from voiceassets.core.errors import Conflict, NotFound
from voiceassets.tenants.models import ApiKey, CustomRole, Membership, Tenant
from voiceassets.tenants.permissions import Role
from voiceassets.tenants.roles import fields_of, granted_to, name_of, require_givable

# No mail can be sent there (RFC 2606), so nobody can ask for a password of a service account.
NO_MAIL = "service.invalid"


def actor_of(member: Membership) -> Actor:
    """Whom a member acts as in a browser; `member.user` and its role are read."""
    granted = granted_to(member)
    return Actor(
        kind=ActorKind.USER,
        id=member.user.public_id,
        tenant_id=member.tenant_id,
        user_id=member.user_id,
        permissions=frozenset(granted.permissions),
        all_voices=granted.all_voices,
    )


@transaction.atomic
def create_service_account(actor: Actor, *, name: str, role: Role | CustomRole) -> Membership:
    """A member that is a program: it has keys, and neither password nor mail.

    Raises:
        NotAllowed: the role grants what the actor does not have.
    """
    require_givable(actor, role)
    user_id = ids.uuid7()
    user = User.objects.create_user(
        f"{ids.encode(User.PREFIX, user_id)}@{NO_MAIL}", name=name, id=user_id, is_service=True
    )
    member = Membership.objects.create(tenant_id=current_tenant(), user=user, **fields_of(role))
    record(actor, Action.MEMBER_ADDED, member, user=user.public_id, role=name_of(role))
    return member


@transaction.atomic
def change_role(actor: Actor, *, member: Membership, role: Role | CustomRole) -> Membership:
    """Give a member another role. Their keys follow at once, their sessions get a new key.

    Raises:
        NotAllowed: the old or the new role grants what the actor does not have.
        Conflict: nobody would be left who owns the company, or it is the actor's own role.
    """
    locked = _locked(actor, member)
    require_givable(actor, role)
    before = locked.role_name
    for name, value in fields_of(role).items():
        setattr(locked, name, value)
    locked.save(update_fields=["role", "custom_role"])
    _require_owner_left()
    User.objects.filter(pk=locked.user_id).update(privileges_changed_at=Now())
    record(
        actor,
        Action.MEMBER_CHANGED,
        locked,
        user=locked.user.public_id,
        role=locked.role_name,
        before=before,
    )
    return locked


@transaction.atomic
def remove(actor: Actor, *, member: Membership) -> User:
    """End a membership, and every key that acts for it.

    Raises:
        NotAllowed: the member may do what the actor may not.
        Conflict: nobody would be left who owns the company, or it is the actor.
    """
    locked = _locked(actor, member)
    user = locked.user
    keys = ApiKey.objects.filter(user=user, revoked_at__isnull=True)
    ended = keys.update(revoked_at=timezone.now())
    record(actor, Action.MEMBER_REMOVED, locked, user=user.public_id, keys_ended=ended)
    locked.delete()
    _require_owner_left()
    User.objects.filter(pk=user.pk).update(privileges_changed_at=Now())
    return user


def _locked(actor: Actor, member: Membership) -> Membership:
    """The member, while nobody else changes members: two owners could remove each other."""
    Tenant.objects.select_for_update(no_key=True).get(pk=member.tenant_id)
    rows = Membership.objects.select_related("user", "custom_role")
    found = rows.filter(pk=member.pk).first()
    if found is None:
        raise NotFound("There is no such member.")
    require_givable(actor, found.custom_role or Role(found.role))
    if found.user_id == actor.user_id:
        raise Conflict("Ask somebody else to change your own membership.", code="own_membership")
    return found


def _require_owner_left() -> None:
    owners = Membership.objects.filter(
        role=Role.OWNER, user__is_service=False, user__is_active=True
    )
    if not owners.exists():
        raise Conflict("A company needs an owner; make somebody else one first.", code="last_owner")


def memberships_of(user_id: UUID) -> list[Membership]:
    """Every membership of a person, in any company; opened in `platform_scope`."""
    rows = Membership.objects.select_related("user", "custom_role", "tenant")
    return list(rows.filter(user_id=user_id).order_by("pk"))
