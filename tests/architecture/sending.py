"""Sends examples as a person would."""

from __future__ import annotations

import json
from typing import Any

from django.test import Client

from tests.architecture.routes import Route
from tests.architecture.world import Example, World
from tests.factories import Person

REQUEST_ID = "the-same-request"


def sender(world: World, example: Example) -> Person:
    return world.owner if example.by == "owner" else world.second


def send(person: Person, route: Route, example: Example, *, quiet: bool = False) -> Any:
    """The response; with `quiet` an error of ours becomes a 500 as in production."""
    client = Client(raise_request_exception=not quiet)
    options: dict[str, Any] = {}
    if example.files:
        options["data"] = example.body | {name: make() for name, make in example.files.items()}
    elif route.method != "GET":
        options |= {"data": json.dumps(example.body), "content_type": "application/json"}
    response = getattr(client, route.method.lower())(
        route.path(example.path),
        query_params=example.query,
        headers=person.headers | {"X-Request-Id": REQUEST_ID},
        **options,
    )
    if response.streaming:
        response.content = b"".join(_some(response))
        response.close()
    return response


def _some(response: Any) -> list[bytes]:
    """The beginning of a stream: a feed of a job that waits would last a minute."""
    found = []
    for chunk in response.streaming_content:
        found.append(chunk)
        if b"event:" in chunk:
            break
    return found
