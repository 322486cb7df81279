"""Where a company wants to be told of events, and every message that was to be sent there."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from voiceassets.core.models import TenantOwned


class Endpoint(TenantOwned):
    """A URL of the company's. `secrets` are sealed; one that was rotated out has an end."""

    PREFIX = "whk"

    url = models.CharField(max_length=2000)
    events = models.JSONField(default=list)
    enabled = models.BooleanField(default=True)
    disabled_reason = models.CharField(max_length=64, blank=True)
    secrets = models.JSONField(default=list)

    class Meta(TenantOwned.Meta):
        abstract = False


class DeliveryState(models.TextChoices):
    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


class Delivery(TenantOwned):
    """One message to one endpoint: what it says, and how the last try went."""

    PREFIX = "dlv"

    endpoint = models.ForeignKey(Endpoint, on_delete=models.PROTECT, related_name="deliveries")
    event_id = models.CharField(max_length=64)
    type = models.CharField(max_length=64)
    body = models.TextField()
    state = models.CharField(
        max_length=16, choices=DeliveryState.choices, default=DeliveryState.PENDING.value
    )
    attempts = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField()
    last_status = models.PositiveIntegerField(null=True)
    last_error = models.CharField(max_length=64, blank=True)
    delivered_at = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        abstract = False
        verbose_name_plural = "deliveries"
        indexes: ClassVar = [
            models.Index(
                fields=["next_at"],
                condition=models.Q(state="pending"),
                name="webhooks_delivery_due",
            )
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["endpoint", "event_id"], name="webhooks_one_delivery_per_event"
            )
        ]
