"""API keys: `va_live_<hint>_<secret><checksum>`, shown once, kept as a hash."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import string
import zlib
from datetime import datetime

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from voiceassets.audit.actions import Action
from voiceassets.audit.services import record
from voiceassets.core.context import Actor, ActorKind, platform_scope
from voiceassets.core.errors import Invalid, NotFound, Unauthenticated
from voiceassets.tenants.models import ApiKey, Membership
from voiceassets.tenants.permissions import ALL_VOICES, ROLE_PERMISSIONS, Permission, Role
from voiceassets.tenants.policy import authorize

PREFIX = "va_live_"
CHARACTERS = string.ascii_letters + string.digits
HINT_LENGTH, SECRET_LENGTH = 8, 32
# What only the person themselves may put into a key: with it somebody else could be two people.
PERSONAL = frozenset({Permission.VERSIONS_APPROVE})
REFUSAL = "The API key is missing, wrong, expired or revoked."


@transaction.atomic
def issue(
    actor: Actor,
    *,
    member: Membership,
    name: str,
    scopes: frozenset[Permission] = frozenset(),
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """A new key for a member, and its secret: the only time anyone sees it.

    Without scopes the key may do what the member may. A key never grants more than its issuer has,
    so an issuer whose own key is narrowed must name the scopes; and a key issued for somebody else
    approves nothing, or one person could be the two that an approval takes.
    """
    authorize(actor, Permission.KEYS_WRITE)
    operator = actor.kind is ActorKind.SYSTEM
    granted = scopes or ROLE_PERMISSIONS[Role(member.role)]
    if not operator and actor.user_id != member.user_id:
        if scopes & PERSONAL:
            raise Invalid("Only the person themselves can issue a key that approves versions.")
        granted = scopes = granted - PERSONAL
    beyond = granted - actor.permissions
    if beyond and not operator:
        raise Invalid(f"You cannot give what you do not have: {', '.join(sorted(beyond))}.")
    if expires_at is not None and expires_at <= timezone.now():
        raise Invalid("expires_at lies in the past; choose a later time or leave it out.")
    hint = _random(HINT_LENGTH)
    secret = _random(SECRET_LENGTH)
    token = f"{PREFIX}{hint}_{secret}{_checksum(hint + secret)}"
    key = ApiKey.objects.create(
        tenant_id=member.tenant_id,
        user_id=member.user_id,
        name=name,
        hint=hint,
        secret_hash=_hash(token),
        scopes=sorted(scopes),
        expires_at=expires_at,
    )
    record(actor, Action.KEY_ISSUED, key, member=member.public_id, scopes=sorted(scopes))
    return key, token


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


def authenticate(token: str) -> Actor:
    """The actor a key stands for.

    Raises:
        Unauthenticated: one message for every reason, so that a key cannot be probed.
    """
    hint = _hint(token)
    with platform_scope():
        key = ApiKey.objects.select_related("user").filter(hint=hint).first()
        if key is None or not hmac.compare_digest(bytes(key.secret_hash), _hash(token)):
            raise Unauthenticated(REFUSAL)
        expired = key.expires_at is not None and key.expires_at <= timezone.now()
        if expired or key.revoked_at is not None or not key.user.is_active:
            raise Unauthenticated(REFUSAL)
        membership = Membership.objects.filter(tenant_id=key.tenant_id, user_id=key.user_id).first()
        if membership is None:
            raise Unauthenticated(REFUSAL)
        _touch(key)
    role = Role(membership.role)
    permissions = ROLE_PERMISSIONS[role]
    if key.scopes:
        permissions &= frozenset(Permission(s) for s in key.scopes)
    return Actor(
        kind=ActorKind.API_KEY,
        id=key.public_id,
        tenant_id=key.tenant_id,
        user_id=key.user_id,
        permissions=frozenset(permissions),
        all_voices=role in ALL_VOICES,
    )


def _touch(key: ApiKey) -> None:
    """Note the use at most once a minute, so that reads do not become writes."""
    now = timezone.now()
    if key.last_used_at is None or (now - key.last_used_at).total_seconds() > 60:
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
