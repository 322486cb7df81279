"""No event holds what people are called, what they wrote, or what was said."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.architecture.conftest import Worlds, undone
from tests.architecture.sending import send, sender
from tests.architecture.test_audit_coverage import MUTATING, ROUTES, SPEAKING
from tests.architecture.world import Example, World, examples
from voiceassets.accounts.models import User
from voiceassets.audit.models import Event
from voiceassets.speakers.models import Speaker

# Free words that an event may hold are none; these are what a shape lets through besides ids.
SHORTEST = 4


def words(value: Any) -> Iterator[str]:
    """What a person typed: text with a blank, an at sign, or letters beyond ASCII."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from words(inner)
    elif (
        isinstance(value, str)
        and len(value) >= SHORTEST
        and (not value.isascii() or " " in value or "@" in value)
    ):
        yield value


def known_of_people(world: World, example: Example) -> set[str]:
    files = {make().name for make in example.files.values()}
    with world.owner.scope():
        named = {speaker.name for speaker in Speaker.objects.all()}
    people = {word for user in User.objects.all() for word in (user.email, user.name)}
    return {*words(example.body), *named, *people, *(name for name in files if name)} - {""}


def found_in_log(world: World, forbidden: set[str]) -> set[str]:
    with world.owner.scope():
        rows = Event.objects.values_list("data", "actor_id", "object_id")
        spelled = "\n".join(json.dumps(row, ensure_ascii=False, default=str) for row in rows)
    return {word for word in forbidden if word in spelled}


def test_what_people_typed_and_are_called_never_enters_the_log(worlds: Worlds) -> None:
    """Every changing operation is sent once, with the words of its example."""
    world = worlds.acme
    leaks: dict[str, set[str]] = {}
    for name in sorted(set(MUTATING) - set(SPEAKING)):
        example = examples(world.id)[name]
        with undone():
            send(sender(world, example), ROUTES[name], example, quiet=True)
            if found := found_in_log(world, known_of_people(world, example)):
                leaks[name] = found
    assert leaks == {}


@pytest.mark.parametrize("leak", ["Xiaoyan", "owner@acme.example"])
def test_a_leak_would_be_found(worlds: Worlds, leak: str) -> None:
    """Otherwise the test above would prove nothing."""
    acme = worlds.acme.owner.tenant
    with worlds.acme.owner.scope():
        Event.objects.create(
            tenant=acme, action="test", actor_kind="user", data={"note": f"by {leak}"}
        )
    assert found_in_log(worlds.acme, {leak, "nobody"}) == {leak}
