"""The companies on this platform, who belongs to them, and the keys their programs use."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from voiceassets.core.models import Identified, TenantOwned
from voiceassets.tenants.permissions import Role


class Tenant(Identified):
    """A company. The one table whose rows every scope may read: it holds a name and no secrets."""

    PREFIX = "ten"

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=200)

    objects: ClassVar[models.Manager[Tenant]] = models.Manager()

    def __str__(self) -> str:
        return self.slug

    @property
    def tenant_id(self) -> object:
        return self.pk


class Membership(TenantOwned):
    """A person's role in a tenant."""

    PREFIX = "mbr"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="memberships"
    )
    role = models.CharField(max_length=32, choices=[(r.value, r.value) for r in Role])

    class Meta(TenantOwned.Meta):
        abstract = False
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "user"], name="tenants_one_membership")
        ]


class ApiKey(TenantOwned):
    """A secret a program shows; only its hash is kept. It acts for a member, within its scopes."""

    PREFIX = "key"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="api_keys"
    )
    name = models.CharField(max_length=120)
    hint = models.CharField(max_length=16, unique=True)
    secret_hash = models.BinaryField(max_length=32)
    scopes = models.JSONField(default=list)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
