"""The lexicon at the door: readings are checked when they come, and exchanged as PLS."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.api.conftest import As
from tests.factories import Cast, make_speaker
from voiceassets.assets.delivery import Delivery
from voiceassets.core.errors import Invalid

JSON = "application/json"
GOOD = {"word": "青禾", "alphabet": "pinyin", "value": "qing1 he2"}

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(cast: Cast, client_of: As) -> Client:
    return client_of(cast.alice)


def test_a_reading_that_cannot_be_followed_is_refused_with_its_place(alice: Client) -> None:
    body = {"entries": [GOOD, {**GOOD, "value": "qing1 he9"}]}
    answer = alice.put("/v1/lexicon", body, content_type=JSON)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "bad_reading")
    assert "he9" in problem["detail"]
    assert (problem["data"]["field"], problem["data"]["index"]) == ("entries", 1)
    assert alice.get("/v1/lexicon").json()["entries"] == []


def test_a_lexicon_leaves_as_pls_and_comes_back_as_it_was(alice: Client, cast: Cast) -> None:
    inside = {"word": "AI", "alphabet": "alias", "value": "A I", "whole_word": False}
    kept = alice.put("/v1/lexicon", {"entries": [GOOD, inside]}, content_type=JSON).json()
    document = alice.get("/v1/lexicon.pls")
    assert document["Content-Type"] == "application/pls+xml"
    path = f"/v1/speakers/{make_speaker(cast.alice).public_id}/lexicon"
    read = alice.put(path, {"pls": document.content.decode()}, content_type=JSON)
    assert read.json()["entries"] == kept["entries"]
    assert alice.get(f"{path}.pls").content == document.content


def test_a_document_that_is_broken_or_hostile_is_refused_with_its_place(alice: Client) -> None:
    bomb = '<!DOCTYPE l [<!ENTITY a "b">]>\n<lexicon/>'
    answer = alice.put("/v1/lexicon", {"pls": bomb}, content_type=JSON)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "bad_reading")
    assert problem["data"]["line"] == 1
    both = {"pls": bomb, "entries": [GOOD]}
    assert alice.put("/v1/lexicon", both, content_type=JSON).status_code == 422


def test_volume_and_pauses_are_settings_with_ranges() -> None:
    settings = Delivery(volume_db=-6.0, pause_scale=1.5, seed=1).as_settings()
    assert settings == {"volume_db": -6.0, "pause_scale": 1.5, "seed": 1}
    for wrong in (Delivery(volume_db=21), Delivery(pause_scale=-1)):
        with pytest.raises(Invalid, match="must lie between"):
            wrong.as_settings()
