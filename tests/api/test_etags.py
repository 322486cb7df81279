"""A change based on an old reading is refused; what did not change is not sent again."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.api.conftest import As
from tests.factories import Cast, make_speaker

JSON = "application/json"

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(cast: Cast, client_of: As) -> Client:
    return client_of(cast.alice)


@pytest.fixture
def path(cast: Cast) -> str:
    return f"/v1/speakers/{make_speaker(cast.alice).public_id}"


def rename(alice: Client, path: str, name: str, tag: str) -> Any:
    return alice.patch(path, {"name": name}, content_type=JSON, headers={"If-Match": tag})


def test_what_the_client_has_is_not_sent_again(alice: Client, path: str) -> None:
    tag = alice.get(path)["ETag"]
    again = alice.get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)


def test_a_change_of_what_was_read_is_made(alice: Client, path: str) -> None:
    assert rename(alice, path, "New", alice.get(path)["ETag"]).status_code == 200
    assert rename(alice, path, "Newer", "*").json()["name"] == "Newer"


def test_a_change_of_what_somebody_changed_meanwhile_is_refused(alice: Client, path: str) -> None:
    tag = alice.get(path)["ETag"]
    rename(alice, path, "New", tag)
    late = rename(alice, path, "Late", tag)
    assert (late.status_code, late.json()["code"]) == (412, "stale")
    assert alice.get(path).json()["name"] == "New"


def test_making_something_new_is_tied_to_no_version(alice: Client, path: str) -> None:
    body = {"name": "New", "languages": ["zh"]}
    made = alice.post("/v1/speakers", body, content_type=JSON, headers={"If-Match": '"x"'})
    assert made.status_code == 201
