"""What is going to be dropped says so: in the description, and to whoever still uses it."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest

from tests.api.conftest import As
from tests.factories import Cast
from voiceassets.api.deprecation import Deprecation
from voiceassets.api.schema import document
from voiceassets.api.v1.members import Me

pytestmark = pytest.mark.django_db

HEADERS = {"Deprecation", "Sunset", "Link"}
OLD = Deprecation(since=date(2023, 7, 1), sunset=date(2030, 1, 1), instead="Ask /v1/you.")


@pytest.fixture
def old_me(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if `GET /v1/me` were declared deprecated."""
    declared = Me.get.operation  # type: ignore[attr-defined]
    monkeypatch.setattr(Me.get, "operation", dataclasses.replace(declared, deprecated=OLD))


def test_an_old_name_of_a_field_says_so_to_who_sends_it(cast: Cast, client_of: As) -> None:
    alice = client_of(cast.alice)
    wanted = {"speaker": "Nobody", "text": "你好。"}
    old = alice.get("/tts", wanted | {"text_language": "zh"})
    assert old.status_code == 404, "it is understood"
    assert old["Deprecation"] == "@1795392000"
    assert old["Sunset"] == "Tue, 23 Nov 2027 00:00:00 GMT"
    assert old["Link"] == '</docs>; rel="deprecation"; type="text/html"'
    form = alice.post("/tts", wanted | {"text_language": "zh"}, content_type="application/json")
    assert form["Deprecation"] == old["Deprecation"]
    new = alice.get("/tts", wanted | {"text_lang": "zh"})
    assert HEADERS.isdisjoint(new.headers)


@pytest.mark.usefixtures("old_me")
def test_every_answer_of_an_old_operation_says_so(cast: Cast, client_of: As) -> None:
    taken = client_of(cast.alice).get("/v1/me")
    assert taken["Deprecation"] == "@1688169600"
    refused = client_of(cast.alice).get("/v1/me", {"odd": "1"})
    assert refused.status_code == 422
    assert refused["Sunset"] == taken["Sunset"]
    assert HEADERS.isdisjoint(client_of(cast.alice).get("/v1/keys").headers)


def test_a_body_that_is_no_object_is_refused_all_the_same(cast: Cast, client_of: As) -> None:
    answer = client_of(cast.alice).post("/tts", "[5]", content_type="application/json")
    assert answer.status_code == 422


@pytest.mark.usefixtures("old_me")
def test_the_description_marks_what_is_old() -> None:
    described = document()
    paths = described["paths"]
    assert paths["/v1/me"]["get"]["deprecated"] is True
    assert OLD.instead in paths["/v1/me"]["get"]["description"]
    marked = [p["name"] for p in paths["/tts"]["get"]["parameters"] if p.get("deprecated")]
    assert marked == ["text_language"]
    body = described["components"]["schemas"]["TextToSpeechForm"]["properties"]
    assert [name for name, field in body.items() if field.get("deprecated")] == ["text_language"]
