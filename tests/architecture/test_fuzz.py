"""Nonsense in every place of every operation: refused, never a failure of ours."""

from __future__ import annotations

import dataclasses
import os
import random
from typing import Any
from urllib.parse import quote

import pytest

from tests.architecture.conftest import Worlds, undone
from tests.architecture.routes import routes
from tests.architecture.sending import send, sender
from tests.architecture.world import examples
from voiceassets.api import speech

ROUNDS = int(os.environ.get("FUZZ_ROUNDS", "6"))
NONSENSE: tuple[Any, ...] = (
    "",
    " ",
    "x" * 5001,
    "a\x00b",
    "\ud800",
    "../..",
    "' OR 1=1 --",
    "spk_",
    "spk_" + "z" * 26,
    "０",
    "9" * 400,
    0,
    -1,
    2**63,
    10**400,
    1e308,
    1.5,
    True,
    None,
    [],
    [[]],
    ["zh", 1],
    {},
    {"a": {"b": []}},
    "9999-12-31T23:59:59-23:59",
    "0000-00-00",
)


def spoil(chance: random.Random, sent: dict[str, Any], names: list[str]) -> dict[str, Any]:
    """The same fields with nonsense in one or two of them."""
    spoiled = dict(sent)
    for name in chance.sample(names, k=min(len(names), chance.randint(1, 2))):
        spoiled[name] = chance.choice(NONSENSE)
    return spoiled


@pytest.mark.parametrize("route", routes(), ids=lambda route: str(route.operation.name))
def test_nonsense_is_refused(worlds: Worlds, route: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speech, "LONGEST_WAIT_S", 0)  # nobody speaks here: 504 is the truth
    chance = random.Random(route.operation.name)
    example = examples(worlds.acme.id)[route.operation.name]
    for _ in range(ROUNDS):
        words = [str(value) for value in NONSENSE if isinstance(value, str | int) and value != ""]
        path = {
            name: quote(chance.choice(words).encode("utf-8", "replace"), safe="")
            if chance.random() < 0.5
            else value
            for name, value in example.path.items()
        }
        query_names = [name for name in route.operation.query().fields if name != "wait"]
        query = spoil(chance, example.query, query_names)
        query = {name: str(v).encode("utf-8", "replace") for name, v in query.items()}
        body = spoil(chance, example.body, list(route.operation.body().fields))
        odd = dataclasses.replace(example, path=path, query=query, body=body, files={})
        with undone():
            answer = send(sender(worlds.acme, example), route, odd, quiet=True)
        assert answer.status < 500 or answer.json()["code"] == "still_running", odd
