"""Whatever id of another tenant is sent, wherever: the answer is that of an id nobody has."""

from __future__ import annotations

import dataclasses
import uuid
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest

from tests.architecture.conftest import Worlds
from tests.architecture.routes import Route, routes
from tests.architecture.sending import Answer, send, sender
from tests.architecture.world import ALSO, Example, World, examples
from voiceassets.api.shapes import Id, Shape
from voiceassets.core import ids

ROUTES = {route.operation.name: route for route in routes()}
Place = tuple[str, str]


def id_fields(shape: type[Shape]) -> list[str]:
    """The fields of a shape that carry an id, or a list of ids."""
    return [
        name
        for name, field in shape().fields.items()
        if isinstance(field, Id) or isinstance(getattr(field, "child", None), Id)
    ]


def places(route: Route) -> list[Place]:
    """Everywhere an operation takes an id."""
    return [
        *(("path", name) for name in route.path_parameters if name.endswith("_id")),
        *(("query", name) for name in id_fields(route.operation.query)),
        *(("body", name) for name in id_fields(route.operation.body)),
    ]


ALL_PLACES = [
    pytest.param(route, place, id=f"{name}-{place[0]}-{place[1]}")
    for name, route in ROUTES.items()
    for place in places(route)
]


def with_value(example: Example, place: Place, value: str) -> Example:
    where, name = place
    old: dict[str, Any] = getattr(example, where)
    put: Any = [value] if isinstance(old.get(name), list) else value
    changed: dict[str, Any] = {where: old | {name: put}}
    return dataclasses.replace(example, **changed)


def value_at(example: Example, place: Place) -> str | None:
    found: Any = getattr(example, place[0]).get(place[1])
    value: str | None = found[0] if isinstance(found, list) else found
    return value


def own_examples(world: World, route: Route) -> Iterator[Example]:
    name = route.operation.name
    yield examples(world.id)[name]
    if name in ALSO:
        yield ALSO[name](world.id)


# What differs between two requests of anybody.
OF_THE_REQUEST = {"RateLimit", "traceparent"}


def outcome(response: Answer, sent: str) -> tuple[int, bytes, dict[str, str]]:
    headers = {k: v for k, v in response.headers.items() if k not in OF_THE_REQUEST}
    return response.status, response.content.replace(sent.encode(), b"ID"), headers


def test_every_operation_has_an_example() -> None:
    everything = {route.operation.name for route in routes()}
    assert set(examples(defaultdict(str))) == everything


@pytest.mark.parametrize(("route", "place"), ALL_PLACES)
def test_a_foreign_id_is_answered_like_a_missing_one(
    worlds: Worlds, route: Route, place: Place
) -> None:
    tried = 0
    for mine, theirs in zip(
        own_examples(worlds.rival, route), own_examples(worlds.acme, route), strict=True
    ):
        foreign = value_at(theirs, place)
        if foreign is None:
            continue
        missing = ids.encode(foreign.rpartition("_")[0], uuid.uuid4())
        mallory = sender(worlds.rival, mine)
        of_foreign = outcome(send(mallory, route, with_value(mine, place, foreign)), foreign)
        of_missing = outcome(send(mallory, route, with_value(mine, place, missing)), missing)
        assert of_foreign[0] == 404
        assert of_foreign == of_missing
        tried += 1
    assert tried, "no example sends this id"


def test_filtering_the_log_by_a_foreign_id_finds_nothing(worlds: Worlds) -> None:
    route = ROUTES["audit.list"]
    for name in ("object_id", "actor_id"):
        value = worlds.acme.id["speaker" if name == "object_id" else "key"]
        response = send(worlds.rival.owner, route, Example(query={name: value}))
        assert response.json()["data"] == []


@pytest.mark.parametrize("name", [n for n, r in ROUTES.items() if r.operation.paged])
def test_a_list_shows_nothing_of_another_tenant(worlds: Worlds, name: str) -> None:
    of_rival = dataclasses.replace(examples(worlds.rival.id)[name], query={"limit": 100})
    response = send(worlds.rival.owner, ROUTES[name], of_rival)
    assert response.status == 200
    assert response.json()["data"], "the list is not empty, so that it could leak"
    text = response.content.decode()
    assert [found for found in worlds.acme.id.values() if found in text] == []
