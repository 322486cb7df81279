"""Signing in with a password: who gets in, what strangers learn, and what goes on record."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.test import Client

from tests.factories import Cast, Person
from tests.web.conftest import PASSWORD, actions, is_in, refusals, sign_in
from voiceassets.audit.models import Event
from voiceassets.core.context import tenant_scope
from voiceassets.tenants.services import platform_tenant

TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="[^"]*"')


def test_the_right_password_opens_a_session_and_that_is_on_record(alice: Person) -> None:
    client = Client()
    assert not is_in(client)
    assert sign_in(client, alice).headers["Location"] == "/account/"
    assert is_in(client)
    assert b"Acme" in client.get("/account/").content
    client.post("/account/logout/")
    assert not is_in(client)
    assert actions(alice, "session.") == ["session.opened", "session.closed"]


def test_a_stranger_learns_nothing_about_who_has_an_account(alice: Person) -> None:
    wrong = Client().post("/account/login/", {"login": alice.user.email, "password": "no" * 8})
    nobody = Client().post("/account/login/", {"login": "x@acme.example", "password": "no" * 8})
    assert wrong.status_code == nobody.status_code == 200
    shown = [
        TOKEN.sub(b"", answer.content).replace(who.encode(), b"")
        for answer, who in ((wrong, alice.user.email), (nobody, "x@acme.example"))
    ]
    assert shown[0] == shown[1]
    assert refusals(alice) == ["wrong_password"]
    with tenant_scope(platform_tenant().pk):
        (event,) = Event.objects.filter(action="session.refused")
    assert (event.actor_id, event.data) == ("stranger", {"code": "wrong_password"})


def test_five_wrong_passwords_lock_the_account_for_the_right_one(alice: Person) -> None:
    client = Client()
    for _ in range(5):
        sign_in(client, alice, "not this one")
    answer = sign_in(client, alice)
    assert answer.status_code == 200
    assert b"Too many" in answer.content
    assert not is_in(client)
    assert refusals(alice) == ["wrong_password"] * 5 + ["locked_out"]


def test_an_account_that_nobody_has_is_locked_in_the_same_way(cast: Cast) -> None:
    for _ in range(5):
        Client().post("/account/login/", {"login": "x@acme.example", "password": "no" * 8})
    answer = Client().post("/account/login/", {"login": "x@acme.example", "password": "no" * 8})
    assert b"Too many" in answer.content


@pytest.mark.parametrize("state", ["closed", "service"])
def test_a_closed_account_and_a_program_do_not_sign_in(alice: Person, state: str) -> None:
    alice.user.is_active = state != "closed"
    alice.user.is_service = state == "service"
    alice.user.save()
    client = Client()
    assert sign_in(client, alice).headers["Location"] == "/account/inactive/"
    assert not is_in(client)
    assert refusals(alice) == ["account_closed"]


def test_a_forgotten_password_is_set_anew_by_mail_once(alice: Person) -> None:
    for _ in range(5):
        sign_in(Client(), alice, "not this one")
    Client().post("/account/password/reset/", {"email": alice.user.email})
    Client().post("/account/password/reset/", {"email": "x@acme.example"})
    (letter,) = mail.outbox
    link = re.search(r"http\S+", str(letter.body))
    assert link is not None
    client, new = Client(), "an owl counts to eleven"
    page = client.get(link[0], follow=True)
    client.post(page.redirect_chain[-1][0], {"password1": new, "password2": new})
    assert sign_in(client, alice, new).status_code == 302
    assert Client().get(link[0]).status_code == 200, "the link says that it is no longer good"
    assert sign_in(Client(), alice).status_code == 200
    assert "password.reset" in actions(alice, "password.")


@pytest.mark.parametrize("weak", ["short", "password1234", "alice@acme.example"])
def test_a_weak_password_is_not_taken(alice: Person, weak: str) -> None:
    client = Client()
    sign_in(client, alice)
    form = {"oldpassword": PASSWORD, "password1": weak, "password2": weak}
    assert client.post("/account/password/change/", form).status_code == 200
    assert sign_in(Client(), alice, weak).status_code == 200


def test_nobody_signs_up_alone(cast: Cast) -> None:
    form = {"email": "new@acme.example", "password1": PASSWORD}
    answer = Client().post("/account/signup/", form)
    assert b"closed" in answer.content.lower()
