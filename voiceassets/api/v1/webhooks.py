"""/v1/webhooks: where to be told of events, what was sent there, and sending it again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from rest_framework import serializers

from voiceassets.api.operations import Call, Endpoint, operation
from voiceassets.api.pages import Page, filtered, page
from voiceassets.api.rows import one
from voiceassets.api.shapes import Change, PageQuery, Shape, Words
from voiceassets.tenants.permissions import Permission
from voiceassets.webhooks import services
from voiceassets.webhooks.models import Delivery, DeliveryState
from voiceassets.webhooks.models import Endpoint as Target

EVENTS = sorted(event.value for event in services.EVENTS)


class NewWebhook(Shape):
    url = serializers.CharField(max_length=2000, help_text="https, on a public address.")
    events = Words(choices=EVENTS, min_length=1)


class WebhookChange(Change):
    url = serializers.CharField(max_length=2000, required=False)
    events = Words(choices=EVENTS, min_length=1, required=False)
    enabled = serializers.BooleanField(required=False)


class SecretRotation(Shape):
    overlap_s = serializers.IntegerField(min_value=0, max_value=30 * 86_400, default=86_400)


class DeliveryList(PageQuery):
    state = serializers.ChoiceField(choices=DeliveryState.values, required=False)


class WebhookList(PageQuery):
    enabled = serializers.BooleanField(required=False)


class WebhookOut(serializers.Serializer[Any]):
    id = serializers.CharField(source="public_id")
    url = serializers.CharField()
    events = serializers.ListField(child=serializers.CharField())
    enabled = serializers.BooleanField()
    disabled_reason = serializers.CharField()
    created_at = serializers.DateTimeField()


class WebhookSecretOut(serializers.Serializer[Any]):
    webhook = WebhookOut()
    secret = serializers.CharField(help_text="Shown this once; it verifies the signatures.")


class DeliveryOut(serializers.Serializer[Any]):
    id = serializers.CharField(source="public_id")
    event = serializers.CharField(source="event_id")
    type = serializers.CharField()
    state = serializers.CharField()
    attempts = serializers.IntegerField()
    last_status = serializers.IntegerField(allow_null=True)
    last_error = serializers.CharField()
    next_at = serializers.DateTimeField()
    delivered_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class Webhooks(Endpoint):
    @operation(
        "webhooks.list", Permission.WEBHOOKS_READ, query=WebhookList, answer=WebhookOut, paged=True
    )
    def get(self, call: Call) -> Page:
        """Where the company is told of events, newest first."""
        return page(filtered(services.endpoints(), call.query, "enabled"), call.query)

    @operation(
        "webhooks.create",
        Permission.WEBHOOKS_WRITE,
        body=NewWebhook,
        answer=WebhookSecretOut,
        status=201,
        location="/v1/webhooks/{webhook[id]}",
        secret=True,
    )
    def post(self, call: Call) -> dict[str, Any]:
        """Be told of events, as Standard Webhooks spells it; keep the secret to verify them."""
        webhook, secret = services.create_endpoint(call.actor, **call.body)
        return {"webhook": webhook, "secret": secret}


class WebhookDetail(Endpoint):
    @operation("webhooks.get", Permission.WEBHOOKS_READ, answer=WebhookOut)
    def get(self, call: Call, webhook_id: str) -> Target:
        """One webhook, and why it is off if it is."""
        return one(services.endpoints(), webhook_id)

    @operation("webhooks.update", Permission.WEBHOOKS_WRITE, body=WebhookChange, answer=WebhookOut)
    def patch(self, call: Call, webhook_id: str) -> Target:
        """Another URL, other events, on or off."""
        webhook = one(services.endpoints(), webhook_id)
        return services.change_endpoint(call.actor, endpoint=webhook, **call.body)


class WebhookRotate(Endpoint):
    @operation(
        "webhooks.rotate",
        Permission.WEBHOOKS_WRITE,
        body=SecretRotation,
        answer=WebhookSecretOut,
        secret=True,
    )
    def post(self, call: Call, webhook_id: str) -> dict[str, Any]:
        """A new secret; for a while messages carry a signature of both."""
        overlap = timedelta(seconds=call.body["overlap_s"])
        old = one(services.endpoints(), webhook_id)
        webhook, secret = services.rotate_secret(call.actor, endpoint=old, overlap=overlap)
        return {"webhook": webhook, "secret": secret}


class WebhookDeliveries(Endpoint):
    @operation(
        "webhooks.deliveries",
        Permission.WEBHOOKS_READ,
        query=DeliveryList,
        answer=DeliveryOut,
        paged=True,
    )
    def get(self, call: Call, webhook_id: str) -> Page:
        """What was sent there, newest first, and how the last try of each went."""
        webhook = one(services.endpoints(), webhook_id)
        rows = services.deliveries(endpoint=webhook, state=call.query.get("state", ""))
        return page(rows, call.query)


class WebhookReplay(Endpoint):
    @operation("webhooks.replay", Permission.WEBHOOKS_WRITE, answer=DeliveryOut, status=202)
    def post(self, call: Call, webhook_id: str, delivery_id: str) -> Delivery:
        """Send a message again, under the same `webhook-id`."""
        webhook = one(services.endpoints(), webhook_id)
        delivery = one(services.deliveries(endpoint=webhook), delivery_id)
        return services.replay(call.actor, delivery=delivery)
