"""Secrets planted everywhere they are used turn up in no log, error, event or message."""

from __future__ import annotations

import base64
import json
import logging
from typing import Any

import pyotp
import pytest
import redis
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction
from django.test import Client

from tests.factories import Cast, make_request, make_voice
from voiceassets.accounts import secrets
from voiceassets.api.v1 import members
from voiceassets.audit.models import Event
from voiceassets.core.context import platform_scope
from voiceassets.core.logs import JsonFormatter
from voiceassets.tenants import invitations, keys
from voiceassets.tenants.permissions import Role
from voiceassets.webhooks.services import create_endpoint

PASSWORD = "canary-password-8d1f"
WRONG = "canary-wrong-77aa"


@pytest.mark.django_db(transaction=True)
def test_secrets_stay_where_they_belong(
    cast: Cast, broker: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    planted = _plant(cast)
    answers = _use(cast, planted, monkeypatch)
    with platform_scope():
        events = json.dumps(list(Event.objects.values_list("data", "actor_id")), default=str)
    places = {
        "answers": "\n".join(answers),
        "logs": "\n".join(JsonFormatter().format(record) for record in caplog.records),
        "events": events,
        "messages": _redis(),
    }
    assert caplog.records, "something was logged at all"
    assert places["messages"], "a message was sent at all"
    found = {
        (name, what)
        for name, text in places.items()
        for what, secret in planted.items()
        if secret in text
    }
    assert found == set()


def _plant(cast: Cast) -> dict[str, str]:
    cast.alice.user.set_password(PASSWORD)
    cast.alice.user.save()
    seed = pyotp.random_base32()
    Authenticator.objects.create(
        user=cast.alice.user, type="totp", data={"secret": secrets.seal(seed)}
    )
    with cast.alice.scope() as alice:
        _, invitation = invitations.invite(alice, email="nia@new.example", role=Role.WRITER)
        _, webhook = create_endpoint(
            alice, url="https://shop.example/hook", events=["asset.released"]
        )
        _, key = keys.issue(alice, member=cast.alice.membership, name="canary")
    return {
        "password": PASSWORD,
        "wrong password": WRONG,
        "authenticator": seed,
        "invitation": invitation,
        "webhook": webhook,
        "key": key,
        "key of Bob": cast.bob.token,
        "platform key": settings.SECRET_KEY,
    }


def _use(cast: Cast, planted: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Everything that handles one of them, well and badly; what was answered."""
    browser = Client(raise_request_exception=False)
    login = {"login": cast.alice.user.email}
    answers: list[Any] = [
        browser.post("/account/login/", login | {"password": WRONG}),
        browser.get(f"/account/invitations/{planted['invitation']}x"),
        browser.get(f"/account/invitations/{planted['invitation']}"),
        browser.post("/account/login/", login | {"password": PASSWORD}),
        browser.post("/account/2fa/authenticate/", {"code": "000000"}),
    ]
    program = Client(
        raise_request_exception=False, headers={"Authorization": f"Bearer {planted['key']}"}
    )
    answers += [
        program.get("/v1/me"),
        program.get("/v1/keys"),
        program.get("/v1/webhooks"),
        program.post("/v1/webhooks", {}, content_type="application/json"),
        Client(headers={"Authorization": f"Bearer {planted['key']}x"}).get("/v1/me"),
        Client(headers={"Authorization": f"Basic {planted['key']}"}).get("/v1/me"),
    ]

    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("the power fails here")

    with monkeypatch.context() as patch:
        patch.setattr(members, "own_membership", fail)
        broken = program.get("/v1/me")
    assert broken.status_code == 500
    speaker, _consent = make_voice(cast)
    with transaction.atomic():
        make_request(cast.alice, speaker)
    return [f"{answer.headers} {answer.content.decode()}" for answer in [*answers, broken]]


def _redis() -> str:
    """Every message that waits for a worker, decoded as far as it is readable."""
    client = redis.Redis.from_url(settings.REDIS_URL)
    found = []
    for key in client.scan_iter():
        if client.type(key) == b"list":
            for message in client.lrange(key, 0, -1):
                found.append(message.decode())
                found.append(base64.b64decode(json.loads(message)["body"]).decode())
    return "\n".join(found)
