"""What people do with webhooks: name an endpoint, change it, rotate its secret, send again."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from voiceassets.audit.actions import Action
from voiceassets.audit.services import record
from voiceassets.core.context import Actor, current_tenant
from voiceassets.core.errors import Conflict, Invalid
from voiceassets.tenants.permissions import Permission
from voiceassets.tenants.policy import authorize
from voiceassets.webhooks import signing
from voiceassets.webhooks.models import Delivery, DeliveryState, Endpoint
from voiceassets.webhooks.sending import target_of

MOST_ENDPOINTS = 20
# What a program may want to hear of at once; the audit log tells the rest.
EVENTS = frozenset(
    {
        Action.ASSET_RELEASED,
        Action.ASSET_FAILED,
        Action.ASSET_REVOKED,
        Action.SYNTHESIS_REFUSED,
        Action.BATCH_REQUESTED,
        Action.CONSENT_REVOKED,
        Action.CONSENT_EXPIRED,
        Action.RECORDING_CHECKED,
        Action.DATASET_FROZEN,
        Action.JOB_SUCCEEDED,
        Action.JOB_FAILED,
        Action.JOB_CANCELLED,
        Action.VERSION_CREATED,
        Action.VERSION_APPROVED,
        Action.VERSION_FELL,
        Action.VERSION_RETIRED,
        Action.VERSION_REVOKED,
    }
)


@transaction.atomic
def create_endpoint(actor: Actor, *, url: str, events: Collection[str]) -> tuple[Endpoint, str]:
    """A new endpoint, and its secret: the only time anyone sees it."""
    authorize(actor, Permission.WEBHOOKS_WRITE)
    if Endpoint.objects.count() >= MOST_ENDPOINTS:
        raise Conflict(f"There are {MOST_ENDPOINTS} endpoints; change one of them instead.")
    secret = signing.new_secret()
    endpoint = Endpoint.objects.create(
        tenant_id=current_tenant(),
        url=target_of(url).url,
        events=_known(events),
        secrets=[{"sealed": signing.seal(secret), "until": None}],
    )
    record(actor, Action.WEBHOOK_CREATED, endpoint, events=endpoint.events)
    return endpoint, secret


@transaction.atomic
def change_endpoint(
    actor: Actor,
    *,
    endpoint: Endpoint,
    url: str | None = None,
    events: Collection[str] | None = None,
    enabled: bool | None = None,
) -> Endpoint:
    """Another URL, other events, or on and off; what is left out stays."""
    authorize(actor, Permission.WEBHOOKS_WRITE)
    locked = _lock(endpoint)
    if url is not None:
        locked.url = target_of(url).url
    if events is not None:
        locked.events = _known(events)
    if enabled is not None:
        locked.enabled, locked.disabled_reason = enabled, "" if enabled else "switched_off"
    locked.save(update_fields=["url", "events", "enabled", "disabled_reason"])
    record(actor, Action.WEBHOOK_CHANGED, locked, events=locked.events, enabled=locked.enabled)
    return locked


@transaction.atomic
def rotate_secret(actor: Actor, *, endpoint: Endpoint, overlap: timedelta) -> tuple[Endpoint, str]:
    """A new secret; until `overlap` has passed, messages are signed with the old one as well."""
    authorize(actor, Permission.WEBHOOKS_WRITE)
    locked = _lock(endpoint)
    now = timezone.now()
    secret = signing.new_secret()
    old = [kept for kept in locked.secrets if kept["until"] is None]
    for kept in old:
        kept["until"] = (now + overlap).isoformat()
    locked.secrets = [*old, {"sealed": signing.seal(secret), "until": None}]
    locked.save(update_fields=["secrets"])
    record(actor, Action.WEBHOOK_ROTATED, locked)
    return locked, secret


@transaction.atomic
def replay(actor: Actor, *, delivery: Delivery) -> Delivery:
    """Send the message again, from the beginning of its schedule, under the same id."""
    authorize(actor, Permission.WEBHOOKS_WRITE)
    locked = Delivery.objects.select_for_update().get(pk=delivery.pk)
    locked.state, locked.attempts, locked.next_at = DeliveryState.PENDING, 0, Now()
    locked.save(update_fields=["state", "attempts", "next_at"])
    locked.refresh_from_db()
    record(actor, Action.WEBHOOK_REPLAYED, locked, event=locked.event_id)
    return locked


def endpoints() -> QuerySet[Endpoint]:
    return Endpoint.objects.order_by("-id")


def deliveries(*, endpoint: Endpoint, state: str = "") -> QuerySet[Delivery]:
    """The messages to an endpoint, newest first."""
    rows = Delivery.objects.filter(endpoint=endpoint).select_related("endpoint")
    return (rows.filter(state=state) if state else rows).order_by("-id")


def live_secrets(endpoint: Endpoint, *, at: datetime) -> list[str]:
    """The secrets that sign now, the newest first."""
    return [
        signing.unseal(kept["sealed"])
        for kept in reversed(endpoint.secrets)
        if kept["until"] is None or datetime.fromisoformat(kept["until"]) > at
    ]


def _known(events: Collection[str]) -> list[str]:
    unknown = sorted(set(events) - EVENTS)
    if unknown or not events:
        known = ", ".join(sorted(EVENTS))
        raise Invalid(f"Name at least one of these events: {known}.", field="events")
    return sorted(set(events))


def _lock(endpoint: Endpoint) -> Endpoint:
    return Endpoint.objects.select_for_update().get(pk=endpoint.pk)
