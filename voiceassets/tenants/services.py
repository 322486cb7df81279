"""Tenants and their members."""

from __future__ import annotations

from django.db import transaction

from voiceassets.accounts.models import User
from voiceassets.audit.actions import Action
from voiceassets.audit.services import record
from voiceassets.core.context import Actor, ActorKind, tenant_scope
from voiceassets.core.errors import Conflict, NotAllowed
from voiceassets.tenants.models import Membership, Tenant
from voiceassets.tenants.permissions import Role


def system_actor(name: str) -> Actor:
    """Who the platform's own commands and sweeps act as."""
    return Actor(kind=ActorKind.SYSTEM, id=name, tenant_id=None, all_voices=True)


def create_tenant(actor: Actor, *, slug: str, name: str) -> Tenant:
    """A new company; only the platform's operator makes one."""
    _require_operator(actor)
    if Tenant.objects.filter(slug=slug).exists():
        raise Conflict(f"The tenant {slug} exists already; choose another slug.")
    with transaction.atomic():
        tenant = Tenant.objects.create(slug=slug, name=name)
        with tenant_scope(tenant.pk):
            record(actor, Action.TENANT_CREATED, tenant, slug=slug)
    return tenant


@transaction.atomic
def add_member(actor: Actor, *, tenant: Tenant, user: User, role: Role) -> Membership:
    """Make `user` a member of `tenant`, inside its scope."""
    _require_operator(actor)
    membership = Membership.objects.create(tenant=tenant, user=user, role=role)
    record(actor, Action.MEMBER_ADDED, membership, user=user.public_id, role=role.value)
    return membership


def _require_operator(actor: Actor) -> None:
    if actor.kind is not ActorKind.SYSTEM:
        raise NotAllowed("Only the platform's operator does this, by a management command.")
