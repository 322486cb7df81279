"""Lists come in pages that neither skip nor repeat, however the list grows meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client

from tests.api.conftest import As
from tests.factories import Cast, make_speaker
from voiceassets.core import ids


@pytest.fixture
def alice(cast: Cast, client_of: As) -> Client:
    for number in range(5):
        make_speaker(cast.alice, name=f"Voice {number}")
    return client_of(cast.alice)


def walk(client: Client, path: str, *, limit: int) -> list[str]:
    """The ids of every page, following `next_after`."""
    found: list[str] = []
    after: str | None = None
    while True:
        query = {"limit": limit} | ({"after": after} if after else {})
        page = client.get(path, query).json()
        rows = [row["id"] for row in page["data"]]
        found += rows
        assert (page["first_id"], page["last_id"]) == (rows[0], rows[-1])
        assert page["has_more"] == (page["next_after"] is not None)
        after = page["next_after"]
        if after is None:
            return found


@pytest.mark.parametrize("limit", [1, 2, 5, 100])
@pytest.mark.parametrize("path", ["/v1/speakers", "/v1/audit"])
def test_pages_cover_the_list_once_newest_first(alice: Client, path: str, limit: int) -> None:
    whole = [row["id"] for row in alice.get(path, {"limit": 100}).json()["data"]]
    assert walk(alice, path, limit=limit) == whole
    if path == "/v1/speakers":
        assert whole == sorted(whole, reverse=True)


def test_a_row_that_comes_in_between_moves_nothing(cast: Cast, alice: Client) -> None:
    first = alice.get("/v1/speakers", {"limit": 2}).json()
    make_speaker(cast.alice, name="Late")
    second = alice.get("/v1/speakers", {"limit": 2, "after": first["next_after"]}).json()
    names = [row["name"] for row in first["data"] + second["data"]]
    assert names == ["Voice 4", "Voice 3", "Voice 2", "Voice 1"]


def test_an_empty_list_has_no_first(cast: Cast, client_of: As) -> None:
    page = client_of(cast.mallory).get("/v1/speakers").json()
    assert page == {
        "data": [],
        "has_more": False,
        "first_id": None,
        "last_id": None,
        "next_after": None,
    }


@pytest.mark.parametrize("limit", ["0", "101", "-1", "ten", ""])
def test_a_page_has_1_to_100_rows(alice: Client, limit: str) -> None:
    response = alice.get("/v1/speakers", {"limit": limit})
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == "/limit"


@pytest.mark.parametrize("path", ["/v1/speakers", "/v1/audit"])
def test_every_list_can_be_narrowed_to_a_time(alice: Client, path: str) -> None:
    rows = [row["id"] for row in alice.get(path, {"limit": 100}).json()["data"]]
    made = [ids.decode(row.partition("_")[0], row).int >> 80 for row in rows]
    middle = datetime.fromtimestamp(made[2] / 1000, UTC).isoformat(timespec="milliseconds")
    later = [row["id"] for row in alice.get(path, {"since": middle}).json()["data"]]
    earlier = [row["id"] for row in alice.get(path, {"until": middle}).json()["data"]]
    assert later == [row for row, at in zip(rows, made, strict=True) if at >= made[2]]
    assert earlier == [row for row, at in zip(rows, made, strict=True) if at < made[2]]
    assert later
    assert earlier
    assert alice.get(path, {"since": "yesterday"}).status_code == 422


def test_a_filter_narrows_the_list(cast: Cast, alice: Client) -> None:
    rows = alice.get("/v1/speakers").json()["data"]
    alice.post(f"/v1/speakers/{rows[0]['id']}/archive", content_type="application/json")
    archived = alice.get("/v1/speakers", {"state": "archived"}).json()["data"]
    assert [row["id"] for row in archived] == [rows[0]["id"]]
