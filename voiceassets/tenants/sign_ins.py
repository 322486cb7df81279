"""Puts what happens to a person's account on record, in the log of every company they belong to."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from voiceassets.accounts.models import User
from voiceassets.audit.actions import Action
from voiceassets.audit.services import record
from voiceassets.core.context import Actor, ActorKind, platform_scope, tenant_scope
from voiceassets.tenants.members import actor_of, memberships_of
from voiceassets.tenants.services import platform_tenant

STRANGER = "stranger"


@transaction.atomic
def record_for(user: User | None, action: Action, **data: Any) -> None:
    """One event for each company of `user`; a stranger's, or an operator's, is the platform's.

    The log names no mailbox and no address: an attempt on an account that nobody has says only
    that there was one.
    """
    with platform_scope():
        members = memberships_of(user.pk) if user else []
    for member in members:
        with tenant_scope(member.tenant_id):
            record(actor_of(member), action, member, user=member.user.public_id, **data)
    if not members:
        platform = platform_tenant()
        known: dict[str, Any] = {"user": user.public_id} if user else {}
        with tenant_scope(platform.pk):
            record(_outsider(user, platform.pk), action, platform, **known, **data)


def _outsider(user: User | None, tenant_id: Any) -> Actor:
    """Somebody without a company: an operator, a person not yet invited, or nobody known."""
    if user is None:
        return Actor(kind=ActorKind.USER, id=STRANGER, tenant_id=tenant_id)
    return Actor(kind=ActorKind.USER, id=user.public_id, tenant_id=tenant_id, user_id=user.pk)
