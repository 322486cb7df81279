"""The companies on this platform, who belongs to them, and the keys their programs use."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower

from voiceassets.core.models import Identified, TenantOwned
from voiceassets.tenants.permissions import Role


class Tenant(Identified):
    """A company. The one table whose rows every scope may read: it holds a name and no secrets."""

    PREFIX = "ten"

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=200)
    characters_per_month = models.PositiveBigIntegerField(null=True)
    concurrent_requests = models.PositiveIntegerField(null=True)

    objects: ClassVar[models.Manager[Tenant]] = models.Manager()

    def __str__(self) -> str:
        return self.slug

    @property
    def tenant_id(self) -> object:
        return self.pk


class CustomRole(TenantOwned):
    """A role that a company has put together itself, from the permissions there are."""

    PREFIX = "rol"

    name = models.CharField(max_length=64)
    permissions = models.JSONField(default=list)
    all_voices = models.BooleanField(default=False)

    class Meta(TenantOwned.Meta):
        abstract = False
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "name"], name="tenants_one_role_of_a_name")
        ]


class HasRole(TenantOwned):
    """A row that holds a built-in role by its word, or a custom one; never both."""

    role = models.CharField(max_length=32, blank=True, choices=[(r.value, r.value) for r in Role])
    custom_role = models.ForeignKey(
        CustomRole, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta(TenantOwned.Meta):
        abstract = True
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(role="", custom_role__isnull=False)
                | (~models.Q(role="") & models.Q(custom_role__isnull=True)),
                name="%(app_label)s_%(class)s_one_role",
            )
        ]

    @property
    def role_name(self) -> str:
        """The built-in role's word, or the custom role's id."""
        return self.custom_role.public_id if self.custom_role else self.role


class Membership(HasRole):
    """A person's role in a tenant."""

    PREFIX = "mbr"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="memberships"
    )

    class Meta(HasRole.Meta):
        abstract = False
        constraints: ClassVar = [
            *HasRole.Meta.constraints,
            models.UniqueConstraint(fields=["tenant", "user"], name="tenants_one_membership"),
        ]


class Invitation(HasRole):
    """An offer to join, sent by mail; the link in it works once, and only its hash is kept."""

    PREFIX = "inv"

    email = models.EmailField()
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    secret_hash = models.BinaryField(max_length=32, unique=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta(HasRole.Meta):
        abstract = False
        constraints: ClassVar = [
            *HasRole.Meta.constraints,
            models.UniqueConstraint(
                "tenant",
                Lower("email"),
                condition=models.Q(accepted_at__isnull=True, revoked_at__isnull=True),
                name="tenants_one_open_invitation",
            ),
        ]

    def state_at(self, now: datetime) -> str:
        if self.accepted_at:
            return "accepted"
        if self.revoked_at:
            return "revoked"
        return "pending" if self.expires_at > now else "expired"


class ApiKey(TenantOwned):
    """A secret a program shows; only its hash is kept. It acts for a member, within its scopes.

    It may be narrowed further: to some voices (their ids as text), to networks it is used from,
    and by limits. A rotated key is replaced by one that `replaces` it.
    """

    PREFIX = "key"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="api_keys"
    )
    name = models.CharField(max_length=120)
    hint = models.CharField(max_length=16, unique=True)
    secret_hash = models.BinaryField(max_length=32)
    scopes = models.JSONField(default=list)
    voices = models.JSONField(default=list)
    networks = models.JSONField(default=list)
    characters_per_month = models.PositiveBigIntegerField(null=True)
    concurrent_requests = models.PositiveIntegerField(null=True)
    replaces = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, related_name="successor"
    )
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)


class KeptAnswer(TenantOwned):
    """What a request with an Idempotency-Key was answered, to be said again.

    `subject` is the public id of what it made. Without a `status` only that is known.
    """

    PREFIX = "idk"

    principal = models.CharField(max_length=64)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    subject = models.CharField(max_length=64, blank=True)
    status = models.IntegerField(null=True)
    headers = models.JSONField(default=dict)
    body = models.TextField(blank=True)
    expires_at = models.DateTimeField(db_index=True)

    class Meta(TenantOwned.Meta):
        abstract = False
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant", "principal", "key"], name="tenants_one_answer_per_key"
            )
        ]


class UsageState(models.TextChoices):
    RESERVED = "reserved"
    CHARGED = "charged"
    RETURNED = "returned"


class UsageEntry(TenantOwned):
    """The cost of one request for speech, whom it is charged to, and for which voice.

    The ids are kept without foreign keys: a bill outlives what it names.
    """

    PREFIX = "use"

    subject_id = models.UUIDField(unique=True)
    speaker_id = models.UUIDField()
    key_id = models.CharField(max_length=64, blank=True)
    user_id = models.UUIDField(null=True)
    state = models.CharField(
        max_length=16, choices=UsageState.choices, default=UsageState.RESERVED.value
    )
    batch = models.BooleanField(default=False)
    characters = models.PositiveIntegerField()
    audio_ms = models.PositiveIntegerField(default=0)
    compute_ms = models.PositiveIntegerField(default=0)
    device = models.CharField(max_length=16, blank=True)
    settled_at = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        abstract = False
        indexes: ClassVar = [
            models.Index(fields=["tenant", "created_at"], name="tenants_usage_by_time"),
            models.Index(fields=["tenant", "key_id", "created_at"], name="tenants_usage_by_key"),
        ]
