"""Tenants and their members."""

from __future__ import annotations

from django.db import transaction

from voiceassets.accounts.models import User
from voiceassets.audit.actions import Action
from voiceassets.audit.services import record
from voiceassets.core.context import Actor, ActorKind, tenant_scope
from voiceassets.core.errors import Conflict, Invalid, NotAllowed
from voiceassets.tenants.models import Membership, Tenant
from voiceassets.tenants.permissions import Role

# Under this name the platform keeps what is no company's: sign-ins of strangers and operators.
PLATFORM = "platform"


def system_actor(name: str) -> Actor:
    """Who the platform's own commands and sweeps act as."""
    return Actor(kind=ActorKind.SYSTEM, id=name, tenant_id=None, all_voices=True)


def platform_tenant() -> Tenant:
    """Whose log holds what happened and belongs to no company; nobody is its member."""
    return Tenant.objects.get_or_create(slug=PLATFORM, defaults={"name": "The platform"})[0]


def create_tenant(actor: Actor, *, slug: str, name: str) -> Tenant:
    """A new company; only the platform's operator makes one."""
    _require_operator(actor)
    if slug == PLATFORM:
        raise Invalid(f"The slug {PLATFORM} is the platform's own; choose another.")
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


def record_denial(actor: Actor, *, operation: str, code: str) -> None:
    """Somebody asked for what they may not do; in a transaction of its own."""
    assert actor.tenant_id is not None, "whoever calls the API belongs to a tenant"
    tenant = Tenant.objects.get(pk=actor.tenant_id)
    with tenant_scope(tenant.pk):
        record(actor, Action.ACCESS_DENIED, tenant, operation=operation, code=code)


@transaction.atomic
def set_limits(
    actor: Actor,
    *,
    tenant: Tenant,
    characters_per_month: int | None,
    concurrent_requests: int | None,
) -> Tenant:
    """What a company may use at most; None sets no limit. The platform's operator decides."""
    _require_operator(actor)
    tenant.characters_per_month = characters_per_month
    tenant.concurrent_requests = concurrent_requests
    tenant.save(update_fields=["characters_per_month", "concurrent_requests"])
    record(
        actor,
        Action.TENANT_LIMITED,
        tenant,
        characters_per_month=characters_per_month,
        concurrent_requests=concurrent_requests,
    )
    return tenant


def _require_operator(actor: Actor) -> None:
    if actor.kind is not ActorKind.SYSTEM:
        raise NotAllowed("Only the platform's operator does this, by a management command.")
