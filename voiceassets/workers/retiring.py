"""Takes away what events say once their retention is over, company by company."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from voiceassets.audit import retention
from voiceassets.audit.retention import Retired
from voiceassets.consent import holds
from voiceassets.core.context import tenant_scope
from voiceassets.tenants.models import Tenant
from voiceassets.tenants.services import system_actor

ACTOR = "retention"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What was, or would be, retired of a company; nothing while a legal hold stands."""

    tenant: Tenant
    held: bool
    retired: tuple[Retired, ...]


def retire_due() -> None:
    """One turn of the duty."""
    for _ in outcomes(dry_run=False):
        pass


def outcomes(*, dry_run: bool) -> Iterator[Outcome]:
    """Each company in a transaction of its own.

    A hold on one voice keeps the whole log of its company: what an event about a member or a job
    will mean to a dispute about a voice, nobody can say beforehand.
    """
    for tenant in Tenant.objects.order_by("slug"):
        with tenant_scope(tenant.pk):
            held = holds.any_stands()
            found = () if held else retention.retire(system_actor(ACTOR), tenant, dry_run=dry_run)
        yield Outcome(tenant=tenant, held=held, retired=tuple(found))
