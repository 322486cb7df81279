"""How somebody becomes a member: by a link that reached their mailbox, once."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from tests.factories import Cast, Person
from tests.web.conftest import PASSWORD, actions, is_in, sign_in, with_password
from voiceassets.accounts.models import User
from voiceassets.tenants import invitations
from voiceassets.tenants.models import Invitation, Membership
from voiceassets.tenants.permissions import Role

NEWCOMER = {"name": "Nia", "password": PASSWORD}


def invite(alice: Person, email: str = "nia@new.example") -> str:
    """The path of a link that Alice's invitation is worth."""
    with alice.scope() as actor:
        _, secret = invitations.invite(actor, email=email, role=Role.WRITER)
    return f"/account/invitations/{secret}"


def role_of(person: Person, email: str) -> str | None:
    with person.scope():
        return Membership.objects.filter(user__email=email).values_list("role", flat=True).first()


def test_a_newcomer_makes_an_account_and_is_in(cast: Cast) -> None:
    client = Client()
    answer = client.get(invite(cast.alice))
    assert answer.headers["Location"] == "/account/invitation/", "the secret leaves the address"
    assert b"nia@new.example" in client.get("/account/invitation/").content
    assert client.post("/account/invitation/", NEWCOMER).status_code == 302
    assert is_in(client)
    assert role_of(cast.alice, "nia@new.example") == "writer"
    assert "member.invited" in actions(cast.alice, "member.")


def test_the_mail_holds_the_link_and_the_database_only_its_hash(
    cast: Cast, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        answer = Client(headers=cast.alice.headers).post(
            "/v1/invitations",
            {"email": "nia@new.example", "role": "writer"},
            content_type="application/json",
        )
    assert answer.json()["state"] == "pending"
    (letter,) = mail.outbox
    assert letter.to == ["nia@new.example"]
    link = re.search(r"http\S+/account/invitations/(\S+)", str(letter.body))
    assert link is not None
    with cast.alice.scope():
        assert link[1] not in str(list(Invitation.objects.values()))
    assert link[1] not in answer.content.decode()
    assert invitations.find(link[1]).email == "nia@new.example"


def test_a_link_works_once_and_for_the_mailbox_it_was_sent_to(cast: Cast) -> None:
    link = invite(cast.alice, "mallory@rival.example")
    wrong = Client()
    sign_in(wrong, with_password(cast.carol))
    wrong.get(link)
    assert b"another address" in wrong.post("/account/invitation/", follow=True).content
    right = Client()
    sign_in(right, with_password(cast.mallory))
    for expected in (302, 404):
        right.get(link)
        assert right.post("/account/invitation/").status_code == expected
    assert role_of(cast.alice, "mallory@rival.example") == "writer"


def test_whoever_has_an_account_signs_in_first(cast: Cast) -> None:
    client = Client()
    client.get(invite(cast.alice, cast.mallory.user.email))
    page = client.post("/account/invitation/", NEWCOMER)
    assert b"/account/login/?next=/account/invitation/" in page.content
    assert User.objects.filter(email=cast.mallory.user.email).count() == 1


@pytest.mark.parametrize("end", ["revoked", "expired", "replaced", "made up"])
def test_a_link_that_is_over_says_so_and_no_more(cast: Cast, end: str) -> None:
    link = invite(cast.alice)
    with cast.alice.scope() as alice:
        invitation = Invitation.objects.get()
        if end == "revoked":
            invitations.revoke(alice, invitation=invitation)
        if end == "expired":
            past = invitation.created_at - timedelta(seconds=1)
            Invitation.objects.update(expires_at=past)
    if end == "replaced":
        invite(cast.alice, "NIA@new.example")
    client = Client()
    assert client.get(link if end != "made up" else link + "x").status_code == 302
    assert client.post("/account/invitation/", NEWCOMER).status_code == 404
    assert not User.objects.filter(email="nia@new.example").exists()
