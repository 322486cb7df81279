"""People with passwords, and a browser each."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest import mock

import pyotp
import pytest
from allauth.mfa.totp.internal import auth
from django.db import transaction
from django.test import Client
from pytest_django import Settings

from tests.factories import Cast, Person
from voiceassets.accounts.models import User
from voiceassets.audit.models import Event
from voiceassets.core.context import tenant_scope

PASSWORD = "a bell rings under the sea"
HALF_MINUTE = 58_000_000


@pytest.fixture(autouse=True)
def quick_passwords(settings: Settings, db: None) -> None:
    """What makes a password slow to guess makes a test slow, too."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)  # whitenoise looks into it
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture(autouse=True)
def clock_that_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    """Always the same half minute, so that no code gets old while a test uses it."""
    monkeypatch.setattr(auth, "yield_hotp_counters_from_time", lambda: iter([HALF_MINUTE]))


@pytest.fixture
def alice(cast: Cast) -> Person:
    return with_password(cast.alice)


def with_password(person: Person) -> Person:
    person.user.set_password(PASSWORD)
    person.user.save(update_fields=["password"])
    return person


def sign_in(client: Client, person: Person, password: str = PASSWORD, **more: Any) -> Any:
    form = {"login": person.user.email, "password": password}
    return client.post("/account/login/", form, **more)


def is_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def second_factor(client: Client) -> str:
    """Set up an authenticator app for whoever is signed in; its secret."""
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    client.get("/account/2fa/totp/activate/")
    secret: str = client.session["mfa.totp.secret"]
    # The transaction of a test is never committed; in production each request's is, at once.
    with mock.patch.object(transaction, "on_commit", lambda do: do()):
        answer = client.post("/account/2fa/totp/activate/", {"code": code_of(secret)})
    assert answer.status_code == 302, answer.content
    return secret


def code_of(secret: str) -> str:
    return pyotp.TOTP(secret).generate_otp(HALF_MINUTE)


def actions(person: Person, prefix: str = "") -> list[str]:
    """What the company's log says, the oldest first."""
    with tenant_scope(person.tenant.pk):
        rows = Event.objects.filter(action__startswith=prefix).order_by("seq")
        return [row.action for row in rows]


def refusals(person: Person) -> list[str]:
    with tenant_scope(person.tenant.pk):
        rows = Event.objects.filter(action="session.refused").order_by("seq")
        return [row.data["code"] for row in rows]


def make_operator() -> User:
    return User.objects.create_superuser("ops@platform.example", PASSWORD, name="Olga")
