"""Signing in through a provider of identities: a real one, on loopback, that insists on PKCE."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from pytest_django import Settings

from tests.factories import Cast
from tests.web.conftest import actions, is_in
from tests.web.provider import CLIENT_ID, CLIENT_SECRET, Person, Provider, running
from voiceassets.accounts.models import User
from voiceassets.audit.models import Event
from voiceassets.core.context import tenant_scope
from voiceassets.tenants import invitations
from voiceassets.tenants.permissions import Role
from voiceassets.tenants.services import platform_tenant

START = "/account/oidc/company/login/"


@pytest.fixture
def provider(settings: Settings, monkeypatch: pytest.MonkeyPatch, cast: Cast) -> Iterator[Provider]:
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")  # loopback has no TLS
    with running(Person(sub="alice-1", email=cast.alice.user.email)) as found:
        use(settings, found)
        yield found


def use(settings: Settings, provider: Provider) -> None:
    """What OIDC_ISSUER and its fellows would have said."""
    app = {
        "provider_id": "company",
        "name": "Company sign-in",
        "client_id": CLIENT_ID,
        "secret": CLIENT_SECRET,
        "settings": {"server_url": provider.url},
    }
    settings.OIDC_ISSUER = provider.url
    settings.SOCIALACCOUNT_PROVIDERS = {
        "openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}
    }


def back(client: Client) -> str:
    """Go to the provider and agree; the address that it sends the browser back to."""
    there = client.post(START).headers["Location"]
    answer = httpx.post(there)
    assert answer.status_code == 302, answer.text
    found = urlsplit(answer.headers["location"])
    return f"{found.path}?{found.query}"


def test_a_member_signs_in_with_a_mailbox_that_the_provider_vouches_for(
    cast: Cast, provider: Provider
) -> None:
    client = Client()
    assert client.get(back(client)).headers["Location"] == "/account/"
    assert is_in(client)
    assert SocialAccount.objects.get().user == cast.alice.user
    assert "session.opened" in actions(cast.alice)
    (asked,) = provider.asked
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["code_challenge"]) == len(_challenge("x"))
    assert "openid" in asked["scope"].split()


def test_the_provider_gives_no_token_without_the_verifier(cast: Cast, provider: Provider) -> None:
    query = parse_qs(urlsplit(back(Client())).query)
    form = {
        "grant_type": "authorization_code",
        "code": query["code"][0],
        "redirect_uri": "http://testserver/account/oidc/company/login/callback/",
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
    }
    assert httpx.post(f"{provider.url}/token", data=form).status_code == 400
    guess = form | {"code_verifier": "x" * 64}
    assert httpx.post(f"{provider.url}/token", data=guess).status_code == 400


@pytest.mark.parametrize("why", ["nobody", "unverified"])
def test_whoever_is_not_a_member_stays_outside(cast: Cast, provider: Provider, why: str) -> None:
    provider.person = (
        Person(sub="x", email="x@elsewhere.example")
        if why == "nobody"
        else Person(sub="x", email=cast.alice.user.email, email_verified=False)
    )
    client = Client()
    client.get(back(client))
    assert not is_in(client)
    assert not SocialAccount.objects.exists()
    with tenant_scope(platform_tenant().pk):
        (event,) = Event.objects.filter(action="session.refused")
    assert event.data == {"code": "not_invited"}


def test_somebody_invited_comes_in_without_a_password(cast: Cast, provider: Provider) -> None:
    provider.person = Person(sub="n", email="nia@new.example")
    with cast.alice.scope() as alice:
        _, secret = invitations.invite(alice, email="Nia@new.example", role=Role.WRITER)
    client = Client()
    client.get(f"/account/invitations/{secret}")
    client.get(back(client))
    assert is_in(client)
    assert client.post("/account/invitation/").headers["Location"] == "/account/"
    nia = User.objects.get(email="nia@new.example")
    assert (nia.name, nia.has_usable_password()) == ("Nia", False)
    assert b"Acme" in client.get("/account/").content


def test_an_answer_meant_for_another_browser_opens_nothing(cast: Cast, provider: Provider) -> None:
    victim = Client()
    victim.get(back(Client()))
    assert not is_in(victim)
    spoiled = re.sub(r"state=[^&]+", "state=guessed", back(Client()))
    assert victim.get(spoiled).status_code == 401
    assert not is_in(victim)


def test_starting_takes_a_form_of_ours(cast: Cast, provider: Provider) -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.get(START).status_code == 200, "a page that asks first"
    assert client.post(START).status_code == 403


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
