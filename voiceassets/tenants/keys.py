"""API keys: `va_live_<hint>_<secret><checksum>`, shown once, kept as a hash."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import string
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from voiceassets.accounts.models import User
from voiceassets.audit.actions import Action
from voiceassets.audit.services import record
from voiceassets.core import ids
from voiceassets.core.context import Actor, ActorKind, platform_glance, platform_scope
from voiceassets.core.errors import Conflict, Invalid, NotAllowed, NotFound, Unauthenticated
from voiceassets.core.statements import found
from voiceassets.tenants.models import ApiKey, Membership
from voiceassets.tenants.permissions import Permission, granted_by
from voiceassets.tenants.policy import authorize, require_whole
from voiceassets.tenants.roles import granted_to

PREFIX = "va_live_"
STATES = ("live", "expired", "revoked")
CHARACTERS = string.ascii_letters + string.digits
HINT_LENGTH, SECRET_LENGTH = 8, 32
# What only the person themselves may put into a key: with it somebody else could be two people.
PERSONAL = frozenset({Permission.VERSIONS_APPROVE})
CARRIED_OVER = (
    "tenant_id",
    "user_id",
    "name",
    "scopes",
    "voices",
    "networks",
    "characters_per_month",
    "concurrent_requests",
)
REFUSAL = "The API key is missing, wrong, expired or revoked."
WITH_MEMBER = """
SELECT k.*, u.is_active AS user_is_active, m.role, r.permissions AS role_permissions,
       r.all_voices AS role_all_voices,
       t.characters_per_month IS NULL AND t.concurrent_requests IS NULL AS tenant_is_unlimited
  FROM tenants_apikey k JOIN accounts_user u ON u.id = k.user_id
  JOIN tenants_tenant t ON t.id = k.tenant_id
  LEFT JOIN tenants_membership m ON m.tenant_id = k.tenant_id AND m.user_id = k.user_id
  LEFT JOIN tenants_customrole r ON r.id = m.custom_role_id
 WHERE k.hint = %s
"""


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """What narrows a key below its member; what is left out narrows nothing.

    `networks` are those it may be used from, in CIDR notation.
    """

    scopes: frozenset[Permission] = frozenset()
    voices: frozenset[UUID] = frozenset()
    networks: tuple[str, ...] = ()
    characters_per_month: int | None = None
    concurrent_requests: int | None = None
    expires_at: datetime | None = None


@transaction.atomic
def issue(
    actor: Actor, *, member: Membership, name: str, bounds: Bounds | None = None
) -> tuple[ApiKey, str]:
    """A new key for a member, and its secret: the only time anyone sees it.

    Without scopes the key may do what the member may. A key never grants more than its issuer has,
    so an issuer whose own key has fewer scopes must name them, and one whose key is narrowed
    otherwise issues none; and a key issued for somebody else approves nothing, or one person could
    be the two that an approval takes.
    """
    authorize(actor, Permission.KEYS_WRITE)
    require_whole(actor)
    bounds = bounds or Bounds()
    scopes = bounds.scopes
    operator = actor.kind is ActorKind.SYSTEM
    granted = scopes or granted_to(member).permissions
    if not operator and actor.user_id != member.user_id:
        if scopes & PERSONAL:
            raise Invalid("Only the person themselves can issue a key that approves versions.")
        granted = scopes = granted - PERSONAL
    beyond = granted - actor.permissions
    if beyond and not operator:
        raise Invalid(f"You cannot give what you do not have: {', '.join(sorted(beyond))}.")
    if bounds.expires_at is not None and bounds.expires_at <= timezone.now():
        raise Invalid("expires_at lies in the past; choose a later time or leave it out.")
    key, token = _create(
        tenant_id=member.tenant_id,
        user_id=member.user_id,
        name=name,
        scopes=sorted(scopes),
        voices=sorted(str(voice) for voice in bounds.voices),
        networks=[str(network) for network in _networks(bounds.networks)],
        characters_per_month=bounds.characters_per_month,
        concurrent_requests=bounds.concurrent_requests,
        expires_at=bounds.expires_at,
    )
    record(actor, Action.KEY_ISSUED, key, member=member.public_id, scopes=sorted(scopes))
    return key, token


@transaction.atomic
def rotate(actor: Actor, *, key: ApiKey, overlap: timedelta) -> tuple[ApiKey, str]:
    """A successor with the same rights, and its secret; the old key ends after `overlap`.

    Raises:
        Conflict: the key is not alive, or has a successor already: two at once are enough.
    """
    authorize(actor, Permission.KEYS_WRITE)
    require_whole(actor)
    old = ApiKey.objects.select_for_update().filter(pk=key.pk).first()
    if old is None:
        raise NotFound("There is no such key.")
    if old.revoked_at or (old.expires_at and old.expires_at <= timezone.now()):
        raise Conflict("This key opens nothing any more; issue a new one.", code="key_ended")
    if ApiKey.objects.filter(replaces=old).exists():
        raise Conflict("This key was rotated already; rotate its successor.", code="key_rotated")
    granted = _permissions(old)
    if not granted <= actor.permissions:
        raise NotAllowed("This key may do more than yours; rotate it with one that may do as much.")
    if actor.user_id != old.user_id and granted & PERSONAL:
        raise NotAllowed("Only the person themselves can rotate a key that approves versions.")
    same = {name: getattr(old, name) for name in CARRIED_OVER}
    successor, token = _create(replaces=old, **same)
    end = timezone.now() + overlap
    old.expires_at = min(old.expires_at, end) if old.expires_at else end
    old.save(update_fields=["expires_at"])
    record(actor, Action.KEY_ROTATED, old, successor=successor.public_id)
    return successor, token


@transaction.atomic
def revoke(actor: Actor, *, key: ApiKey) -> ApiKey:
    """From now on the key opens nothing. Revoking twice is harmless and recorded once."""
    authorize(actor, Permission.KEYS_WRITE)
    locked = ApiKey.objects.select_for_update().filter(pk=key.pk).first()
    if locked is None:
        raise NotFound("There is no such key.")
    if locked.revoked_at is None:
        locked.revoked_at = timezone.now()
        locked.save(update_fields=["revoked_at"])
        record(actor, Action.KEY_REVOKED, locked)
    return locked


def in_state(rows: QuerySet[ApiKey], state: str) -> QuerySet[ApiKey]:
    """Those of the keys that work (`live`), that were revoked, or whose time ended before that."""
    expired = Q(expires_at__isnull=False, expires_at__lte=Now())
    if state == "revoked":
        return rows.filter(revoked_at__isnull=False)
    unrevoked = rows.filter(revoked_at__isnull=True)
    return unrevoked.filter(expired) if state == "expired" else unrevoked.exclude(expired)


def authenticate(token: str, *, address: str = "") -> Actor:
    """The actor a key stands for, when it comes from `address`.

    Raises:
        Unauthenticated: one message for every reason, so that a key cannot be probed. A reason
            that only the key's holder can cause is put on record.
    """
    hint = _hint(token)
    with platform_glance():
        key: Any = next(iter(found(ApiKey, WITH_MEMBER, [hint])), None)
    if key is None or not hmac.compare_digest(bytes(key.secret_hash), _hash(token)):
        raise Unauthenticated(REFUSAL)
    refusal = _refusal(key, address)
    if refusal:
        with platform_scope():
            actor = Actor(kind=ActorKind.API_KEY, id=key.public_id, tenant_id=key.tenant_id)
            record(actor, Action.KEY_REFUSED, key, code=refusal)
        raise Unauthenticated(REFUSAL)
    _touch(key)
    words = json.loads(key.role_permissions or "[]")
    granted = granted_by(key.role, permissions=words, all_voices=key.role_all_voices)
    limited = key.characters_per_month is not None or key.concurrent_requests is not None
    return Actor(
        kind=ActorKind.API_KEY,
        id=key.public_id,
        tenant_id=key.tenant_id,
        user_id=key.user_id,
        permissions=_scoped(granted.permissions, key),
        all_voices=granted.all_voices,
        voices=frozenset(UUID(voice) for voice in key.voices) or None,
        narrowed=bool(key.voices or key.networks or limited),
        unlimited=key.tenant_is_unlimited and not limited,
    )


def of_same_reach(actor: Actor) -> list[str]:
    """Under which names the actor's person acts with the same voices.

    What a key asked for its successor may see; a key that is bound to voices sees no further.
    """
    names = [actor.id]
    if actor.user_id is not None:
        bound = sorted(str(voice) for voice in actor.voices or ())
        same = ApiKey.objects.filter(user_id=actor.user_id, voices=bound)
        names += [ids.encode(ApiKey.PREFIX, key_id) for key_id in same.values_list("pk", flat=True)]
        if not bound:
            names.append(ids.encode(User.PREFIX, actor.user_id))
    return names


def _refusal(key: Any, address: str) -> str:
    """Why a key with the right secret opens nothing, or ""; `role` is its member's."""
    if key.revoked_at is not None:
        return "revoked"
    if key.expires_at is not None and key.expires_at <= timezone.now():
        return "expired"
    if not key.user_is_active or key.role is None:
        return "no_member"
    if key.networks and not _is_within(address, key.networks):
        return "foreign_network"
    return ""


def _is_within(address: str, networks: list[str]) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return any((mapped or found) in ip_network(network) for network in networks)


def _networks(written: tuple[str, ...]) -> list[IPv4Network | IPv6Network]:
    try:
        return [ip_network(network) for network in written]
    except ValueError as error:
        raise Invalid(
            f"networks: {error}; write them as 203.0.113.0/24 or 2001:db8::/32."
        ) from error


def _permissions(key: ApiKey) -> frozenset[Permission]:
    member = Membership.objects.select_related("custom_role").get(user_id=key.user_id)
    return _scoped(granted_to(member).permissions, key)


def _scoped(permissions: frozenset[Permission], key: ApiKey) -> frozenset[Permission]:
    return permissions & frozenset(Permission(s) for s in key.scopes) if key.scopes else permissions


def _create(**fields: Any) -> tuple[ApiKey, str]:
    hint, secret = _random(HINT_LENGTH), _random(SECRET_LENGTH)
    token = f"{PREFIX}{hint}_{secret}{_checksum(hint + secret)}"
    return ApiKey.objects.create(hint=hint, secret_hash=_hash(token), **fields), token


def _touch(key: ApiKey) -> None:
    """Note the use at most once a minute, so that reads do not become writes."""
    now = timezone.now()
    if key.last_used_at is None or (now - key.last_used_at).total_seconds() > 60:
        with platform_scope():
            ApiKey.objects.filter(pk=key.pk).update(last_used_at=Now())


def _hint(token: str) -> str:
    body = token.removeprefix(PREFIX)
    hint, _, rest = body.partition("_")
    secret, checksum = rest[:SECRET_LENGTH], rest[SECRET_LENGTH:]
    if body == token or not token.isascii() or checksum != _checksum(hint + secret):
        raise Unauthenticated(REFUSAL)
    return hint


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _random(length: int) -> str:
    return "".join(secrets.choice(CHARACTERS) for _ in range(length))


def _checksum(text: str) -> str:
    return f"{zlib.crc32(text.encode()):08x}"
