"""Authenticator apps and recovery codes: asked for, used once, guessed at slowly, kept sealed."""

from __future__ import annotations

import re

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from pytest_django import Settings

from tests.factories import Person
from tests.web.conftest import PASSWORD, actions, code_of, is_in, refusals, second_factor, sign_in
from voiceassets.accounts import secrets

CODE_PAGE = "/account/2fa/authenticate/"


@pytest.fixture
def secret(alice: Person) -> str:
    client = Client()
    sign_in(client, alice)
    return second_factor(client)


def test_the_password_alone_opens_nothing_any_more(alice: Person, secret: str) -> None:
    client = Client()
    assert sign_in(client, alice).headers["Location"] == CODE_PAGE
    assert not is_in(client)
    assert client.post(CODE_PAGE, {"code": code_of(secret)}).status_code == 302
    assert is_in(client)
    assert "authenticator.added" in actions(alice)


def test_a_code_is_good_once(alice: Person, secret: str) -> None:
    for expected in (302, 200):
        client = Client()
        sign_in(client, alice)
        assert client.post(CODE_PAGE, {"code": code_of(secret)}).status_code == expected


def test_codes_are_guessed_at_as_slowly_as_passwords(alice: Person, secret: str) -> None:
    client = Client()
    sign_in(client, alice)
    for _ in range(5):
        client.post(CODE_PAGE, {"code": "000000"})
    assert client.post(CODE_PAGE, {"code": code_of(secret)}).status_code == 200
    assert not is_in(client)
    assert refusals(alice) == ["wrong_code"] * 5 + ["locked_out"]


def test_a_recovery_code_opens_once(alice: Person, secret: str) -> None:
    kept = Authenticator.objects.get(user=alice.user, type="recovery_codes").wrap()
    code = kept.get_unused_codes()[0]
    for expected in (True, False):
        client = Client()
        sign_in(client, alice)
        client.post(CODE_PAGE, {"code": code})
        assert is_in(client) is expected


def test_the_secret_is_sealed_in_the_database(alice: Person, secret: str) -> None:
    stored = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in stored
    assert secrets.unseal(Authenticator.objects.get(type="totp").data["secret"]) == secret


def test_what_was_sealed_is_readable_after_the_key_has_been_replaced(
    settings: Settings,
) -> None:
    sealed, old = secrets.seal("JBSWY3DP"), settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "n" * 50, [old]
    assert secrets.unseal(sealed) == "JBSWY3DP"


def test_the_page_shows_a_picture_and_the_secret_to_type(alice: Person) -> None:
    client = Client()
    sign_in(client, alice)
    asked = client.get("/account/2fa/totp/activate/")
    assert asked.headers["Location"].startswith("/account/reauthenticate/"), "the password, again"
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    page = client.get("/account/2fa/totp/activate/").content.decode()
    assert re.search(r'src="data:image/svg\+xml;base64,', page)
    assert client.session["mfa.totp.secret"] in page
