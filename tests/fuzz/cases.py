"""Sends what schemathesis makes of the OpenAPI document, and holds every answer against it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

import requests
import schemathesis
from django.test import Client, override_settings
from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.transport import Response
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.architecture.conftest import undone
from tests.architecture.sending import beginning
from tests.architecture.world import Example, World, examples
from voiceassets.api.schema import document

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
HOST = "testserver"
BASE_URL = f"http://{HOST}"
# Of the ids that are sent, how many name something that exists.
KNOWN = 0.7
# What waits for a worker, who sees only what was committed. It adds speech and nothing else, so it
# is kept; what all others do is undone.
WAITING = ("tts.", "audio.speech", "text_to_speech.", "synthesis.create")


@dataclass
class Tally:
    """How many requests were sent, what was answered, and what was wrong with it."""

    cases: int = 0
    by_status: dict[int, int] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        statuses = ", ".join(f"{n} × {status}" for status, n in sorted(self.by_status.items()))
        return f"{self.cases} cases, {len(self.failures)} failures; {statuses}"


def fuzz(
    world: World, *, each: int, number: int = 1, only: str = ""
) -> Iterator[tuple[str, Tally]]:
    """Send `each` requests that fit and as many that do not, to every operation; undo each.

    `number` chooses which; `only` narrows the operations to names that begin with it.
    """
    schema = schemathesis.openapi.from_dict(document())
    known = examples(world.id)
    with override_settings(API_RATE_QUOTA=10**9, ALLOWED_HOSTS=[HOST]):
        for found in schema.get_all_operations():
            operation = found.ok()
            name = str(operation.definition.raw["operationId"])
            if name.startswith(only):
                tally = Tally()
                for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                    _probe(operation, mode, world, known[name], tally, each, number)
                yield name, tally


def _probe(
    operation: Any,
    mode: GenerationMode,
    world: World,
    known: Example,
    tally: Tally,
    each: int,
    number: int,
) -> None:
    chance = random.Random(f"{operation.label} {mode} {number}")
    keep = operation.definition.raw["operationId"].startswith(WAITING)

    @seed(number)
    @settings(
        max_examples=each,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        verbosity=Verbosity.quiet,
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(generation_mode=mode))
    def send(case: Any) -> None:
        if known.path and chance.random() < KNOWN:
            case.path_parameters = dict(known.path)
        for sent, ours in ((case.query, known.query), (case.body, known.body)):
            if mode is GenerationMode.POSITIVE and chance.random() < KNOWN:
                _name_what_exists(sent, ours, world)
        tally.cases += 1
        answer = _send(case, world.owner.headers, keep=keep)
        tally.by_status[answer.status_code] = tally.by_status.get(answer.status_code, 0) + 1
        try:
            case.validate_response(answer, checks=CHECKS)
        except (Failure, FailureGroup) as failure:
            tally.failures.append(f"{case.as_curl_command()}\n{_spelt(failure)}")

    try:
        send()
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE, "only what takes nothing cannot be asked wrongly"


def _name_what_exists(sent: Any, ours: dict[str, Any], world: World) -> None:
    """Put the world's ids where the example has them; made-up ones are all answered alike."""
    existing = set(world.id.values())
    if isinstance(sent, dict):
        sent |= {name: value for name, value in ours.items() if str(value) in existing}


def _send(case: Any, headers: dict[str, str], *, keep: bool) -> Response:
    """The request as a client library would write it, through the platform; undone if not kept."""
    prepared = requests.Request(**case.as_transport_kwargs(base_url=BASE_URL)).prepare()
    body = prepared.body or b""
    with nullcontext() if keep else undone():
        answer = Client(raise_request_exception=False).generic(
            str(prepared.method),
            prepared.path_url,
            body.encode() if isinstance(body, str) else body,
            content_type=prepared.headers.get("Content-Type", "application/json"),
            headers=_sendable(prepared.headers) | headers,
        )
        content = beginning(answer) if getattr(answer, "streaming", False) else answer.content
    return Response(
        status_code=answer.status_code,
        headers={name.lower(): [value] for name, value in answer.headers.items()},
        content=content,
        request=prepared,
        elapsed=0.0,
        verify=False,
        message=answer.reason_phrase,
    )


def _sendable(headers: Any) -> dict[str, str]:
    skipped = {"content-length", "content-type", "authorization"}
    spelt = {str(name): _text(value) for name, value in headers.items()}
    return {name: value for name, value in spelt.items() if name.lower() not in skipped}


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _spelt(failure: Failure | FailureGroup) -> str:
    parts = failure.exceptions if isinstance(failure, FailureGroup) else [failure]
    return "\n".join(f"  {type(part).__name__}: {str(part)[:400]}" for part in parts)
