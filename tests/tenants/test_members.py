"""Members, roles of one's own and service accounts: nobody gives more than they have."""

from __future__ import annotations

import pytest

from tests.factories import Cast, Person, let, make_speaker
from voiceassets.core.context import Actor
from voiceassets.core.errors import Conflict, Invalid, NotAllowed, Unauthenticated
from voiceassets.speakers.access import forget, visible
from voiceassets.tenants import keys, members, roles
from voiceassets.tenants.keys import Bounds
from voiceassets.tenants.models import CustomRole, Membership
from voiceassets.tenants.permissions import ROLE_PERMISSIONS, Permission, Role

pytestmark = pytest.mark.django_db

READER = [Permission.SPEAKERS_READ, Permission.MEMBERS_READ, Permission.MEMBERS_WRITE]


def make_role(owner: Person, *permissions: Permission, all_voices: bool = False) -> CustomRole:
    with owner.scope() as actor:
        return roles.create_role(
            actor, name="Caster", permissions=permissions or READER, all_voices=all_voices
        )


def become(cast: Cast, person: Person, role: Role | CustomRole) -> Actor:
    """The person as their key knows them, once they hold this role."""
    with cast.alice.scope() as alice:
        members.change_role(alice, member=person.membership, role=role)
    return keys.authenticate(person.token)


def test_a_custom_role_is_what_its_holders_keys_may_do_at_once(cast: Cast) -> None:
    role = make_role(cast.alice)
    assert become(cast, cast.bob, role).permissions == set(READER)
    with cast.alice.scope() as alice:
        roles.update_role(alice, role=role, permissions=[Permission.SPEAKERS_READ], all_voices=True)
    bob = keys.authenticate(cast.bob.token)
    assert (bob.permissions, bob.all_voices) == ({Permission.SPEAKERS_READ}, True)
    assert become(cast, cast.bob, Role.WRITER).permissions == ROLE_PERMISSIONS[Role.WRITER]


@pytest.mark.parametrize("role", [Role.OWNER, Role.WRITER, Role.AUDITOR])
def test_nobody_gives_a_role_that_grants_more_than_their_own(cast: Cast, role: Role) -> None:
    bob = become(cast, cast.bob, make_role(cast.alice))
    with cast.bob.scope(), pytest.raises(NotAllowed, match="do not have"):
        members.change_role(bob, member=cast.carol.membership, role=role)
    with cast.bob.scope(), pytest.raises(NotAllowed, match="do not have"):
        members.create_service_account(bob, name="Twin", role=role)
    with cast.bob.scope(), pytest.raises(NotAllowed, match="do not have"):
        roles.create_role(
            bob, name="Twin", permissions=[*READER, *ROLE_PERMISSIONS[role]], all_voices=False
        )
    with cast.bob.scope(), pytest.raises(NotAllowed, match="every voice"):
        roles.create_role(bob, name="Ear", permissions=READER, all_voices=True)


def test_nobody_demotes_or_removes_whoever_may_do_more(cast: Cast) -> None:
    role = make_role(cast.alice)
    bob = become(cast, cast.bob, role)
    with cast.bob.scope(), pytest.raises(NotAllowed):
        members.change_role(bob, member=cast.dora.membership, role=role)
    with cast.bob.scope(), pytest.raises(NotAllowed):
        members.remove(bob, member=cast.alice.membership)


def test_an_owner_is_left_and_nobody_changes_themselves(cast: Cast) -> None:
    with cast.alice.scope() as alice, pytest.raises(Conflict, match="your own"):
        members.change_role(alice, member=cast.alice.membership, role=Role.WRITER)
    dora = become(cast, cast.dora, Role.OWNER)
    with cast.dora.scope():
        members.remove(dora, member=cast.alice.membership)
    with pytest.raises(Unauthenticated):
        keys.authenticate(cast.alice.token)
    with cast.bob.scope():
        program = members.create_service_account(dora, name="Twin", role=Role.OWNER)
        _, secret = keys.issue(
            dora,
            member=program,
            name="twin",
            bounds=Bounds(scopes=frozenset({Permission.MEMBERS_READ, Permission.MEMBERS_WRITE})),
        )
    twin = keys.authenticate(secret)
    with cast.bob.scope(), pytest.raises(NotAllowed):
        members.remove(twin, member=cast.dora.membership)


def test_the_last_owner_stays_even_against_the_operator(cast: Cast) -> None:
    from tests.factories import OPERATOR

    with cast.alice.scope(), pytest.raises(Conflict, match="owner"):
        members.remove(OPERATOR, member=cast.alice.membership)
    with cast.alice.scope(), pytest.raises(Conflict, match="owner"):
        members.change_role(OPERATOR, member=cast.alice.membership, role=Role.AUDITOR)


def test_whoever_comes_back_finds_neither_keys_nor_voices(cast: Cast) -> None:
    speaker = make_speaker(cast.alice)
    let(cast.alice, speaker, cast.bob, "use")
    with cast.alice.scope() as alice:
        forget(members.remove(alice, member=cast.bob.membership))
        Membership.objects.create(tenant=cast.bob.tenant, user=cast.bob.user, role=Role.WRITER)
        assert not visible(cast.bob.actor).exists()
    with pytest.raises(Unauthenticated):
        keys.authenticate(cast.bob.token)


def test_a_service_account_works_by_key_and_has_no_password(cast: Cast) -> None:
    with cast.alice.scope() as alice:
        shop = members.create_service_account(alice, name="Shop", role=Role.APP)
        _, secret = keys.issue(alice, member=shop, name="shop")
    assert keys.authenticate(secret).permissions == ROLE_PERMISSIONS[Role.APP]
    assert not shop.user.has_usable_password()
    assert shop.user.email.endswith(".invalid")


def test_a_narrowed_key_changes_no_members(cast: Cast) -> None:
    with cast.alice.scope() as alice:
        _, secret = keys.issue(
            alice, member=cast.alice.membership, name="cut", bounds=Bounds(networks=("10.0.0.0/8",))
        )
    narrowed = keys.authenticate(secret, address="10.1.2.3")
    with cast.alice.scope(), pytest.raises(NotAllowed, match="bound to"):
        members.create_service_account(narrowed, name="Out", role=Role.APP)


def test_a_role_in_use_stays_and_a_built_in_name_is_taken(cast: Cast) -> None:
    role = make_role(cast.alice)
    become(cast, cast.bob, role)
    with cast.alice.scope() as alice:
        with pytest.raises(Conflict, match="name this role"):
            roles.delete_role(alice, role=role)
        with pytest.raises(Invalid):
            roles.update_role(alice, role=role, name="owner")
        with pytest.raises(Conflict, match="exists already"):
            make_role(cast.alice)
        members.change_role(alice, member=cast.bob.membership, role=Role.WRITER)
        roles.delete_role(alice, role=role)
