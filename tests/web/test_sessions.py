"""A session's key changes when what it is worth changes, and its owner can end it elsewhere."""

from __future__ import annotations

from django.test import Client

from tests.factories import Cast, Person
from tests.web.conftest import PASSWORD, actions, is_in, second_factor, sign_in
from voiceassets.tenants import members
from voiceassets.tenants.permissions import Role

COOKIE = "va_session"


def key_of(client: Client) -> str:
    return client.cookies[COOKIE].value


def test_signing_in_leaves_a_planted_session_behind(alice: Person) -> None:
    attacker, victim = Client(), Client()
    session = attacker.session
    session["planted"] = "yes"
    session.save()
    planted = key_of(attacker)
    victim.cookies[COOKIE] = planted
    sign_in(victim, alice)
    assert key_of(victim) != planted
    assert is_in(victim)
    assert not is_in(attacker)


def test_a_new_role_changes_the_key_with_the_next_request(cast: Cast, alice: Person) -> None:
    cast.dora.user.set_password(PASSWORD)
    cast.dora.user.save()
    client = Client()
    sign_in(client, cast.dora)
    assert is_in(client)
    before = key_of(client)
    assert is_in(client)
    assert key_of(client) == before
    with alice.scope() as actor:
        members.change_role(actor, member=cast.dora.membership, role=Role.WRITER)
    assert is_in(client)
    assert key_of(client) != before
    stale = Client()
    stale.cookies[COOKIE] = before
    assert not is_in(stale)


def test_a_second_factor_and_a_new_password_change_it_too(alice: Person) -> None:
    client, elsewhere = Client(), Client()
    sign_in(client, alice)
    sign_in(elsewhere, alice)
    assert is_in(client)
    before = key_of(client)
    second_factor(client)
    assert is_in(client)
    after = key_of(client)
    assert after != before
    new = "an owl counts to eleven"
    form = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert client.post("/account/password/change/", form).status_code == 302
    assert is_in(client)
    assert key_of(client) != after
    assert not is_in(elsewhere), "a new password ends the other sessions"
    assert actions(alice, "password.") == ["password.changed"]


def test_sessions_are_listed_and_ended_by_their_owner(alice: Person) -> None:
    here = Client(headers={"User-Agent": "Here/1"})
    there = Client(headers={"User-Agent": "There/2"})
    sign_in(here, alice)
    sign_in(there, alice)
    page = here.get("/account/sessions/").content.decode()
    assert "Here/1" in page
    assert "There/2" in page
    here.post("/account/sessions/")
    assert is_in(here)
    assert not is_in(there)
    assert "session.others_ended" in actions(alice)
