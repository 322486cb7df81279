"""An auditor's searches: kept under a name, found again, and finding what the list finds."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.api.conftest import As
from tests.factories import Cast, make_speaker
from voiceassets.audit.actions import Action
from voiceassets.audit.models import Event

JSON = "application/json"
PATH = "/v1/audit/searches"

pytestmark = pytest.mark.django_db


@pytest.fixture
def carol(cast: Cast, client_of: As) -> Client:
    return client_of(cast.carol)


def save(client: Client, **body: Any) -> Any:
    return client.post(PATH, body, content_type=JSON)


def found(client: Client, search: dict[str, Any], query: str = "") -> list[str]:
    answer = client.get(f"{PATH}/{search['id']}/events{query}")
    assert answer.status_code == 200, answer.content
    return [event["object_id"] for event in answer.json()["data"]]


def test_a_saved_search_finds_what_its_filters_find_in_the_list(carol: Client, cast: Cast) -> None:
    speakers = [make_speaker(cast.alice, name=name).public_id for name in ("One", "Two")]
    one = save(carol, name="One", object_id=speakers[0], action="speaker.created").json()
    both = save(carol, name="Both", action="speaker.created").json()
    assert found(carol, one) == speakers[:1]
    assert found(carol, both) == speakers[::-1]
    assert found(carol, both, "?limit=1") == speakers[1:]
    listed = carol.get("/v1/audit?action=speaker.created").json()["data"]
    assert [event["object_id"] for event in listed] == found(carol, both)
    assert [search["name"] for search in carol.get(PATH).json()["data"]] == ["Both", "One"]


def test_a_search_has_a_span_that_a_question_may_replace(carol: Client, cast: Cast) -> None:
    speaker = make_speaker(cast.alice).public_id
    past = save(carol, name="Old", action="speaker.created", until="2020-01-01T00:00:00Z").json()
    assert found(carol, past) == []
    assert found(carol, past, "?until=2999-01-01T00:00:00Z") == [speaker]
    wrong = save(carol, name="Empty", since="2021-01-01T00:00:00Z", until="2020-01-01T00:00:00Z")
    assert (wrong.status_code, wrong.json()["data"]["field"]) == (422, "until")


def test_a_change_is_seen_at_once_and_refused_to_whoever_read_an_older_one(
    carol: Client, cast: Cast
) -> None:
    search = save(carol, name="Mine", action="speaker.created").json()
    path = f"{PATH}/{search['id']}"
    tag = carol.get(path)["ETag"]
    match = {"If-Match": tag}
    changed = carol.patch(path, {"action": ""}, content_type=JSON, headers=match)
    assert changed.json()["action"] == ""
    assert carol.patch(path, {"name": "Late"}, content_type=JSON, headers=match).status_code == 412
    assert carol.delete(path).status_code == 204
    assert carol.get(path).status_code == 404
    with cast.carol.scope():
        recorded = Event.objects.filter(object_type="savedsearch").order_by("seq")
        actions = list(recorded.values_list("action", flat=True))
    assert actions == [Action.SEARCH_CREATED, Action.SEARCH_CHANGED, Action.SEARCH_DELETED]


def test_two_searches_have_two_names_and_a_writer_has_none(
    carol: Client, cast: Cast, client_of: As
) -> None:
    assert save(carol, name="Mine").status_code == 201
    assert save(carol, name="Mine").status_code == 409
    assert save(client_of(cast.bob), name="His").status_code == 403
