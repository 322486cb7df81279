"""What every row of a tenant has: an identifier, an owner, a time."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from voiceassets.core import ids
from voiceassets.core.managers import TenantManager


class Identified(models.Model):
    """A row with a time-ordered id; `PREFIX` names its kind outside the database."""

    PREFIX: ClassVar[str] = ""

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        abstract = True

    @property
    def public_id(self) -> str:
        return ids.encode(self.PREFIX, self.pk)


class TenantOwned(Identified):
    """A row that belongs to one tenant. Its migration must also run `IsolateTenant`."""

    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.PROTECT, related_name="+")

    objects = TenantManager()

    class Meta:
        abstract = True
        base_manager_name = "objects"
