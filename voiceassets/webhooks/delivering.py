"""From an event on record to a message that was taken: queued once, tried for three days.

The log hands events over at least once; the database lets each become one message per endpoint.
"""

from __future__ import annotations

import json
import logging
import random
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from functools import cache
from uuid import UUID

from django.db import connection
from django.db.models.functions import Now
from django.utils import timezone

from voiceassets.audit.actions import Action
from voiceassets.audit.models import Event
from voiceassets.audit.services import record
from voiceassets.core.context import Actor, ActorKind, platform_scope, tenant_scope
from voiceassets.webhooks import services, signing
from voiceassets.webhooks.models import Delivery, DeliveryState, Endpoint
from voiceassets.webhooks.sending import NotSent, post

# As Standard Webhooks advises: soon, then less and less often, over about three days.
SCHEDULE_S = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
JITTER = 0.2
AT_ONCE = 8
# A sender that died gives its messages back after so long.
LEASE_S = 60
GONE = 410

DUE = """
UPDATE webhooks_delivery SET next_at = now() + %s * interval '1 second'
 WHERE id IN (SELECT id FROM webhooks_delivery WHERE state = 'pending' AND next_at <= now()
              ORDER BY next_at LIMIT %s FOR UPDATE SKIP LOCKED)
RETURNING id, tenant_id
"""

log = logging.getLogger(__name__)


def enqueue(event: Event) -> None:
    """One message for every endpoint that wants to hear of this; harmless when repeated."""
    with tenant_scope(event.tenant_id):
        wanting = Endpoint.objects.filter(enabled=True, events__contains=[event.action])
        Delivery.objects.bulk_create(
            (
                Delivery(
                    tenant_id=event.tenant_id,
                    endpoint=endpoint,
                    event_id=event.public_id,
                    type=event.action,
                    body=_body(event),
                    next_at=Now(),
                )
                for endpoint in wanting
            ),
            ignore_conflicts=True,
        )


def send_due() -> int:
    """Hand what is due to a few threads, and do not wait for them; returns how many messages."""
    with platform_scope(), connection.cursor() as cursor:
        cursor.execute(DUE, [LEASE_S, AT_ONCE])
        due = cursor.fetchall()
    for delivery_id, tenant_id in due:
        _threads().submit(_send_and_close, delivery_id, tenant_id).add_done_callback(_note)
    return len(due)


def send(delivery_id: UUID, tenant_id: UUID) -> None:
    """Try one message, outside any transaction, and write down how that went."""
    with tenant_scope(tenant_id):
        delivery = Delivery.objects.select_related("endpoint").get(pk=delivery_id)
        endpoint = delivery.endpoint
        if delivery.state != DeliveryState.PENDING:
            return
        if not endpoint.enabled:
            delivery.state, delivery.last_error = DeliveryState.FAILED, "disabled"
            delivery.save(update_fields=["state", "last_error"])
            return
    now = timezone.now()
    proof = signing.headers(
        services.live_secrets(endpoint, at=now),
        message_id=delivery.event_id,
        at_s=int(now.timestamp()),
        body=delivery.body,
    )
    try:
        status, error = post(endpoint.url, body=delivery.body.encode(), headers=proof), ""
    except NotSent as failure:
        status, error = None, failure.reason
    with tenant_scope(tenant_id):
        _record(delivery_id, status=status, error=error)


def _record(delivery_id: UUID, *, status: int | None, error: str) -> None:
    delivery = Delivery.objects.select_for_update().get(pk=delivery_id)
    delivery.attempts += 1
    delivery.last_status, delivery.last_error = status, error
    if status is not None and 200 <= status < 300:
        delivery.state, delivery.delivered_at = DeliveryState.DELIVERED, Now()
    elif status == GONE or delivery.attempts > len(SCHEDULE_S):
        delivery.state = DeliveryState.FAILED
    else:
        wait_s = SCHEDULE_S[delivery.attempts - 1] * random.uniform(1 - JITTER, 1 + JITTER)
        delivery.next_at = Now() + timedelta(seconds=wait_s)
    delivery.save(
        update_fields=[
            "attempts",
            "last_status",
            "last_error",
            "state",
            "delivered_at",
            "next_at",
        ]
    )
    if status == GONE:
        _disable(delivery)


def _disable(delivery: Delivery) -> None:
    endpoint = Endpoint.objects.select_for_update().get(pk=delivery.endpoint_id)
    endpoint.enabled, endpoint.disabled_reason = False, "gone"
    endpoint.save(update_fields=["enabled", "disabled_reason"])
    actor = Actor(kind=ActorKind.SYSTEM, id="webhooks", tenant_id=delivery.tenant_id)
    record(actor, Action.WEBHOOK_CHANGED, endpoint, enabled=False, reason="gone")


def _body(event: Event) -> str:
    """Ids and words, as the audit log has them: no text, no audio, no personal data."""
    return json.dumps(
        {
            "type": event.action,
            "timestamp": event.occurred_at.isoformat(),
            "data": {"id": event.object_id, "object": event.object_type, **event.data},
        },
        separators=(",", ":"),
    )


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="webhook")


def _send_and_close(delivery_id: UUID, tenant_id: UUID) -> None:
    try:
        send(delivery_id, tenant_id)
    finally:
        connection.close()  # this thread's own


def _note(sending: Future[None]) -> None:
    error = sending.exception()
    if error is not None:
        log.error("webhook not sent", exc_info=error)
