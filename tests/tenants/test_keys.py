"""API keys: shown once, kept as a hash, never worth more than whoever issued them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from tests.factories import OPERATOR, Cast
from voiceassets.audit.models import Event
from voiceassets.core.context import ActorKind, platform_scope
from voiceassets.core.errors import Invalid, NotAllowed, NotFound, Unauthenticated
from voiceassets.tenants import keys
from voiceassets.tenants.keys import Bounds
from voiceassets.tenants.models import ApiKey
from voiceassets.tenants.permissions import ROLE_PERMISSIONS, Permission, Role

pytestmark = pytest.mark.django_db

SOON = datetime.now(UTC) + timedelta(hours=1)


def issue(
    cast: Cast,
    scopes: frozenset[Permission] = frozenset(),
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    with cast.alice.scope() as alice:
        return keys.issue(
            alice,
            member=cast.bob.membership,
            name="Bob's second",
            bounds=Bounds(scopes=scopes, expires_at=expires_at),
        )


def test_a_key_stands_for_its_member_with_the_members_role(cast: Cast) -> None:
    key, token = issue(cast)
    actor = keys.authenticate(token)
    assert (actor.kind, actor.id) == (ActorKind.API_KEY, key.public_id)
    assert (actor.tenant_id, actor.user_id) == (cast.bob.tenant.pk, cast.bob.user.pk)
    assert actor.permissions == ROLE_PERMISSIONS[Role.WRITER]
    assert not actor.all_voices


def test_only_a_hash_of_the_secret_is_kept_and_nothing_of_it_is_recorded(cast: Cast) -> None:
    key, token = issue(cast)
    secret = token.removeprefix(f"va_live_{key.hint}_")
    with cast.alice.scope():
        stored = ApiKey.objects.values().get(pk=key.pk)
        (event,) = Event.objects.filter(action="key.issued", object_id=key.public_id)
    assert bytes(stored["secret_hash"]) == hashlib.sha256(token.encode()).digest()
    assert secret not in str({k: v for k, v in stored.items() if k != "secret_hash"})
    assert secret not in str(event.data)


def test_scopes_narrow_a_key(cast: Cast) -> None:
    _, token = issue(cast, frozenset({Permission.ASSETS_READ, Permission.AUDIT_READ}))
    assert keys.authenticate(token).permissions == {Permission.ASSETS_READ}, "Bob is no auditor"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda token: "",
        lambda token: "va_live_",
        lambda token: token[:-1],
        lambda token: token + "0",
        lambda token: token.upper(),
        lambda token: token.replace("va_live_", "va_test_"),
        lambda token: token[:-9] + ("0" if token[-9] != "0" else "1") + token[-8:],
        lambda token: "声" + token,
        lambda token: f"{token}\n",
        lambda token: token * 1000,
    ],
)
def test_a_spoiled_key_opens_nothing_and_says_no_more_than_that(
    cast: Cast, spoil: Callable[[str], str]
) -> None:
    _, token = issue(cast)
    with pytest.raises(Unauthenticated) as refusal:
        keys.authenticate(spoil(token))
    assert refusal.value.message == keys.REFUSAL


def test_a_key_with_a_right_checksum_and_a_wrong_secret_opens_nothing(cast: Cast) -> None:
    key, _ = issue(cast)
    secret = "x" * keys.SECRET_LENGTH
    forged = f"va_live_{key.hint}_{secret}{keys._checksum(key.hint + secret)}"
    with pytest.raises(Unauthenticated):
        keys.authenticate(forged)


def test_an_expired_key_opens_nothing(cast: Cast) -> None:
    key, token = issue(cast, expires_at=SOON)
    keys.authenticate(token)
    with cast.alice.scope():
        ApiKey.objects.filter(pk=key.pk).update(expires_at=datetime.now(UTC))
    with pytest.raises(Unauthenticated):
        keys.authenticate(token)


def test_a_key_cannot_be_born_expired(cast: Cast) -> None:
    with pytest.raises(Invalid, match="past"):
        issue(cast, expires_at=datetime.now(UTC) - timedelta(seconds=1))


def test_a_revoked_key_opens_nothing_and_revoking_again_is_recorded_once(cast: Cast) -> None:
    key, token = issue(cast)
    with cast.alice.scope() as alice:
        keys.revoke(alice, key=key)
        keys.revoke(alice, key=key)
        assert Event.objects.filter(action="key.revoked").count() == 1
    with pytest.raises(Unauthenticated):
        keys.authenticate(token)


def test_the_key_of_somebody_who_left_opens_nothing(cast: Cast) -> None:
    _, token = issue(cast)
    cast.bob.user.is_active = False
    cast.bob.user.save()
    with pytest.raises(Unauthenticated):
        keys.authenticate(token)


def test_the_key_of_somebody_without_membership_opens_nothing(cast: Cast) -> None:
    _, token = issue(cast)
    with cast.alice.scope():
        cast.bob.membership.delete()
    with pytest.raises(Unauthenticated):
        keys.authenticate(token)


def test_issuing_and_revoking_need_the_permission(cast: Cast) -> None:
    key, _ = issue(cast)
    with cast.dora.scope() as dora:
        with pytest.raises(NotAllowed):
            keys.issue(dora, member=cast.dora.membership, name="mine")
        with pytest.raises(NotAllowed):
            keys.revoke(dora, key=key)


def test_a_narrowed_key_cannot_issue_a_wider_one(cast: Cast) -> None:
    with cast.alice.scope() as alice:
        _, token = keys.issue(
            alice,
            member=cast.alice.membership,
            name="key machine",
            bounds=Bounds(scopes=frozenset({Permission.KEYS_WRITE, Permission.ASSETS_READ})),
        )
    machine = keys.authenticate(token)
    with cast.alice.scope():
        for scopes in (frozenset(), frozenset({Permission.AUDIT_READ})):
            with pytest.raises(Invalid, match="cannot give what you do not have"):
                keys.issue(
                    machine,
                    member=cast.alice.membership,
                    name="wider",
                    bounds=Bounds(scopes=scopes),
                )
        keys.issue(
            machine,
            member=cast.alice.membership,
            name="narrower",
            bounds=Bounds(scopes=frozenset({Permission.ASSETS_READ})),
        )


def test_a_key_issued_for_somebody_else_approves_nothing(cast: Cast) -> None:
    """Or the owner could ask for a version as herself and approve it as Dora."""
    with cast.alice.scope() as alice:
        with pytest.raises(Invalid, match="person themselves"):
            keys.issue(
                alice,
                member=cast.dora.membership,
                name="borrowed",
                bounds=Bounds(scopes=frozenset({Permission.VERSIONS_APPROVE})),
            )
        _, borrowed = keys.issue(alice, member=cast.dora.membership, name="borrowed")
        _, own = keys.issue(alice, member=cast.alice.membership, name="own")
    permissions = keys.authenticate(borrowed).permissions
    assert permissions == ROLE_PERMISSIONS[Role.BRAND_MANAGER] - {Permission.VERSIONS_APPROVE}
    assert Permission.VERSIONS_APPROVE in keys.authenticate(own).permissions


def test_nobody_revokes_another_tenants_key(cast: Cast) -> None:
    key, token = issue(cast)
    with cast.mallory.scope() as mallory, pytest.raises(NotFound):
        keys.revoke(mallory, key=key)
    keys.authenticate(token)


def test_use_is_noted_at_most_once_a_minute(cast: Cast) -> None:
    key, token = issue(cast)
    keys.authenticate(token)
    with platform_scope():
        first = ApiKey.objects.get(pk=key.pk).last_used_at
    keys.authenticate(token)
    with platform_scope():
        assert ApiKey.objects.get(pk=key.pk).last_used_at == first is not None


def test_two_keys_cannot_share_a_hint(cast: Cast) -> None:
    key, _ = issue(cast)
    with cast.alice.scope(), pytest.raises(IntegrityError), transaction.atomic():
        ApiKey.objects.create(
            tenant=cast.alice.tenant,
            user=cast.alice.user,
            name="twin",
            hint=key.hint,
            secret_hash=b"",
        )


def test_the_operator_is_bound_by_no_role() -> None:
    assert OPERATOR.kind is ActorKind.SYSTEM
