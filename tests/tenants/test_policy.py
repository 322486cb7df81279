"""Who may do what: the built-in roles, and the tenants and members behind them."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from tests.factories import OPERATOR, Cast, worker_of
from voiceassets.core.context import Actor, ActorKind
from voiceassets.core.errors import Conflict, NotAllowed
from voiceassets.tenants.models import Tenant
from voiceassets.tenants.permissions import ALL_VOICES, ROLE_PERMISSIONS, Permission, Role
from voiceassets.tenants.policy import allows, authorize
from voiceassets.tenants.services import add_member, create_tenant

# An auditor's own tools, which change no voice and nothing that was made with one.
AUDITING = {Permission.ASSETS_REDERIVE, Permission.AUDIT_SEARCH}
WRITES = {p for p in Permission if not p.endswith(":read")} - AUDITING


def actor_with(role: Role) -> Actor:
    return Actor(kind=ActorKind.USER, id="usr", tenant_id=None, permissions=ROLE_PERMISSIONS[role])


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("permission", list(Permission))
def test_a_role_may_exactly_what_its_table_says(role: Role, permission: Permission) -> None:
    actor = actor_with(role)
    if permission in ROLE_PERMISSIONS[role]:
        authorize(actor, permission)
        return
    with pytest.raises(NotAllowed, match=permission):
        authorize(actor, permission)


def test_every_role_is_in_the_table() -> None:
    assert set(ROLE_PERMISSIONS) == set(Role)


def test_an_auditor_changes_nothing_and_sees_everything() -> None:
    auditor = ROLE_PERMISSIONS[Role.AUDITOR]
    assert not auditor & WRITES
    assert auditor == set(Permission) - WRITES
    assert Role.AUDITOR in ALL_VOICES


def test_a_writer_neither_approves_nor_grants_nor_reads_the_audit_log() -> None:
    writer = actor_with(Role.WRITER)
    assert not any(
        allows(writer, permission)
        for permission in (
            Permission.VERSIONS_APPROVE,
            Permission.SPEAKERS_GRANT,
            Permission.CONSENTS_WRITE,
            Permission.AUDIT_READ,
            Permission.KEYS_WRITE,
        )
    )


def test_somebody_without_permissions_may_nothing() -> None:
    nobody = Actor(kind=ActorKind.USER, id="usr", tenant_id=None)
    assert not any(allows(nobody, permission) for permission in Permission)


@pytest.mark.django_db
def test_workers_carry_out_what_was_authorized_when_it_was_asked_for(cast: Cast) -> None:
    authorize(worker_of(cast.alice.tenant), Permission.ASSETS_DELETE)


@pytest.mark.django_db
def test_only_the_operator_makes_tenants_and_members(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        create_tenant(cast.alice.actor, slug="mine", name="Mine")
    with cast.alice.scope() as alice, pytest.raises(NotAllowed):
        add_member(alice, tenant=cast.alice.tenant, user=cast.mallory.user, role=Role.OWNER)
    assert Tenant.objects.count() == 2


@pytest.mark.django_db
def test_a_slug_is_taken_once(cast: Cast) -> None:
    with pytest.raises(Conflict, match="another slug"):
        create_tenant(OPERATOR, slug="acme", name="Acme again")


@pytest.mark.django_db
def test_a_person_has_one_role_in_a_tenant_and_may_have_another_elsewhere(cast: Cast) -> None:
    with (
        cast.alice.scope(),
        pytest.raises(IntegrityError, match="one_membership"),
        transaction.atomic(),
    ):
        add_member(OPERATOR, tenant=cast.alice.tenant, user=cast.bob.user, role=Role.OWNER)
    with cast.mallory.scope():
        add_member(OPERATOR, tenant=cast.mallory.tenant, user=cast.bob.user, role=Role.AUDITOR)
