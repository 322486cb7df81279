"""One event becomes one message per endpoint, tried until it is taken or given up."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from standardwebhooks.webhooks import Webhook

from tests.factories import Cast, make_speaker
from voiceassets.audit.actions import Action
from voiceassets.audit.models import Event
from voiceassets.audit.services import record
from voiceassets.core.context import platform_scope
from voiceassets.core.errors import Invalid
from voiceassets.webhooks import delivering, services
from voiceassets.webhooks.models import Delivery, Endpoint
from voiceassets.webhooks.sending import NotSent

pytestmark = pytest.mark.django_db

URL = "https://shop.example/hook"


class Receiver:
    """Takes the place of the network."""

    def __init__(self) -> None:
        self.status: int | None = 200
        self.sent: list[tuple[str, bytes, dict[str, str]]] = []

    def post(self, url: str, *, body: bytes, headers: dict[str, str]) -> int:
        self.sent.append((url, body, headers))
        if self.status is None:
            raise NotSent("unknown_host")
        return self.status


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Receiver:
    found = Receiver()
    monkeypatch.setattr(delivering, "post", found.post)
    return found


def endpoint_of(cast: Cast, *events: str) -> tuple[Endpoint, str]:
    with cast.alice.scope() as alice:
        return services.create_endpoint(alice, url=URL, events=events or [Action.JOB_FAILED])


def happen(cast: Cast, action: Action = Action.JOB_FAILED) -> Event:
    speaker = make_speaker(cast.alice, name=f"About {action} {timezone.now().timestamp()}")
    with cast.alice.scope() as alice:
        event = record(alice, action, speaker, code="poison")
        event.refresh_from_db()
    delivering.enqueue(event)
    return event


def try_all(cast: Cast) -> list[Delivery]:
    with cast.alice.scope():
        waiting = list(Delivery.objects.filter(state="pending"))
    for delivery in waiting:
        delivering.send(delivery.pk, delivery.tenant_id)
    with cast.alice.scope():
        return list(Delivery.objects.select_related("endpoint").order_by("pk"))


def test_a_message_is_signed_and_says_what_happened(cast: Cast, receiver: Receiver) -> None:
    _, secret = endpoint_of(cast)
    event = happen(cast)
    (delivery,) = try_all(cast)
    ((url, body, headers),) = receiver.sent
    message = Webhook(secret).verify(body, headers)
    assert (url, headers["webhook-id"]) == (URL, event.public_id)
    assert message["type"] == "job.failed"
    assert message["data"] == {"id": event.object_id, "object": "speaker", "code": "poison"}
    assert (delivery.state, delivery.attempts, delivery.last_status) == ("delivered", 1, 200)


def test_only_who_asked_for_an_event_hears_of_it_and_once(cast: Cast, receiver: Receiver) -> None:
    endpoint_of(cast, Action.ASSET_RELEASED)
    endpoint_of(cast)
    event = happen(cast)
    delivering.enqueue(event)
    try_all(cast)
    assert len(receiver.sent) == 1


def test_another_company_hears_nothing(cast: Cast, receiver: Receiver) -> None:
    with cast.mallory.scope() as mallory:
        services.create_endpoint(mallory, url=URL, events=[Action.JOB_FAILED])
    happen(cast)
    with platform_scope():
        assert not Delivery.objects.exists()


@pytest.mark.parametrize(("status", "error"), [(500, ""), (302, ""), (None, "unknown_host")])
def test_what_was_not_taken_is_tried_again_later_and_later(
    cast: Cast, receiver: Receiver, status: int | None, error: str
) -> None:
    endpoint_of(cast)
    happen(cast)
    receiver.status = status
    waits = []
    for _ in delivering.SCHEDULE_S:
        (delivery,) = try_all(cast)
        waits.append((delivery.next_at - timezone.now()).total_seconds())
        assert (delivery.state, delivery.last_error) == ("pending", error)
    assert all(
        0.7 * planned < wait < 1.3 * planned
        for planned, wait in zip(delivering.SCHEDULE_S, waits, strict=True)
    )
    (delivery,) = try_all(cast)
    assert (delivery.state, delivery.attempts) == ("failed", len(delivering.SCHEDULE_S) + 1)


def test_an_endpoint_that_is_gone_is_switched_off(cast: Cast, receiver: Receiver) -> None:
    endpoint_of(cast)
    happen(cast)
    receiver.status = 410
    (delivery,) = try_all(cast)
    assert (delivery.endpoint.enabled, delivery.endpoint.disabled_reason) == (False, "gone")
    happen(cast)
    assert len(try_all(cast)) == 1


def test_what_waits_for_an_endpoint_that_was_switched_off_is_given_up(
    cast: Cast, receiver: Receiver
) -> None:
    endpoint, _ = endpoint_of(cast)
    happen(cast)
    with cast.alice.scope() as alice:
        services.change_endpoint(alice, endpoint=endpoint, enabled=False)
    (delivery,) = try_all(cast)
    assert (delivery.state, delivery.last_error) == ("failed", "disabled")
    assert receiver.sent == []


def test_a_message_can_be_sent_again_under_its_id(cast: Cast, receiver: Receiver) -> None:
    endpoint_of(cast)
    happen(cast)
    (delivery,) = try_all(cast)
    with cast.alice.scope() as alice:
        services.replay(alice, delivery=delivery)
    (delivery,) = try_all(cast)
    first, second = receiver.sent
    assert first[2]["webhook-id"] == second[2]["webhook-id"]
    assert (delivery.state, delivery.attempts) == ("delivered", 1)


def test_a_rotated_secret_signs_beside_its_successor_for_a_while(
    cast: Cast, receiver: Receiver
) -> None:
    endpoint, old = endpoint_of(cast)
    with cast.alice.scope() as alice:
        endpoint, new = services.rotate_secret(alice, endpoint=endpoint, overlap=timedelta(hours=1))
    happen(cast)
    try_all(cast)
    ((_, body, headers),) = receiver.sent
    for secret in (old, new):
        Webhook(secret).verify(body, headers)
    later = timezone.now() + timedelta(hours=2)
    assert services.live_secrets(endpoint, at=later) == [new]


def test_a_message_that_is_due_is_claimed_by_one_sender(
    cast: Cast, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed: list[Any] = []
    monkeypatch.setattr(delivering, "_threads", lambda: _Collector(handed))
    endpoint_of(cast)
    happen(cast)
    with platform_scope():
        Delivery.objects.update(next_at=timezone.now() - timedelta(hours=1))
    assert [delivering.send_due(), delivering.send_due()] == [1, 0]
    assert len(handed) == 1


class _Collector:
    def __init__(self, handed: list[Any]) -> None:
        self.handed = handed

    def submit(self, *args: Any) -> _Collector:
        self.handed.append(args)
        return self

    def add_done_callback(self, callback: Any) -> None:
        """Nothing was started."""


def test_the_secret_is_kept_sealed_and_out_of_the_log(cast: Cast) -> None:
    endpoint, secret = endpoint_of(cast)
    with cast.alice.scope():
        stored = str(Endpoint.objects.values().get(pk=endpoint.pk))
        event = Event.objects.get(action="webhook.created")
    assert secret not in stored
    assert secret not in str(event.data)


def test_an_unknown_event_is_refused(cast: Cast) -> None:
    with pytest.raises(Invalid, match="Name at least one"):
        endpoint_of(cast, "everything")
