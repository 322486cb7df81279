"""Sends examples as a person would."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.test import Client

from tests.architecture.routes import Route
from tests.architecture.world import Example, World
from tests.factories import Person

REQUEST_ID = "the-same-request"


def sender(world: World, example: Example) -> Person:
    return world.owner if example.by == "owner" else world.second


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: int
    content: bytes
    headers: dict[str, str]

    def json(self) -> Any:
        return json.loads(self.content)


def send(person: Person, route: Route, example: Example, *, quiet: bool = False) -> Answer:
    """What came back; with `quiet` an error of ours becomes a 500 as in production."""
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
    content = beginning(response) if response.streaming else response.content
    return Answer(status=response.status_code, content=content, headers=dict(response.headers))


def beginning(response: Any) -> bytes:
    """The beginning of a stream: the feed of a job that waits would last a minute."""
    found = b""
    for chunk in response.streaming_content:
        found += chunk
        if b"event:" in chunk:
            break
    response._iterator.close()  # the test client's: it closes the response, but no connection
    return found
