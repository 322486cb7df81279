"""The examples of the description are such as the platform takes and gives."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.urls import resolve
from openapi_schema_validator import OAS31Validator

from tests.architecture.routes import routes
from voiceassets.api import examples
from voiceassets.api.schema import document

ROUTES = {route.operation.name: route for route in routes()}
# Their bodies are files, with a few words about them.
FILES_ONLY = {"consents.attach_evidence", "no_go.add", "recordings.create", "verify.file"}


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return document()


@pytest.mark.parametrize("name", examples.BODIES)
def test_a_body_would_be_taken(name: str) -> None:
    shape = ROUTES[name].operation.body(data=examples.BODIES[name])
    assert shape.is_valid(), shape.errors


def test_every_body_of_json_has_an_example() -> None:
    with_body = {name for name, route in ROUTES.items() if route.operation.body().fields}
    assert with_body - FILES_ONLY == set(examples.BODIES)


def test_every_example_is_shown_and_fits(described: dict[str, Any]) -> None:
    shown = set()
    for methods in described["paths"].values():
        for operation in methods.values():
            for status, answer in operation["responses"].items():
                for content in answer.get("content", {}).values():
                    for example in content.get("examples", {}).values():
                        schema = content["schema"] | {"components": described["components"]}
                        OAS31Validator(schema).validate(example["value"])
                        shown.add(f"{operation['operationId']} {status}")
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            shown |= {f"{operation['operationId']} body" for _ in body.get("examples", {})}
    assert {f"{name} body" for name in examples.BODIES} <= shown
    answered = {n: r.operation for n, r in ROUTES.items() if r.operation.answer is not None}
    assert {f"{name} {operation.status}" for name, operation in answered.items()} <= shown, (
        "run `python -m tests.architecture.answers`"
    )
    assert {f"{name} default" for name in ROUTES} <= shown


def test_what_is_made_says_where_it_is_found() -> None:
    found = [route.template for route in routes() if route.method == "GET"]
    for name, route in ROUTES.items():
        operation = route.operation
        if operation.location:
            where = operation.location.format_map(examples.answers()[name])
            assert "get" in resolve(where).func.view_class.operations(), name  # type: ignore[attr-defined]
        elif operation.status == 201:
            one = re.compile(re.escape(route.template) + r"/<str:\w+>")
            assert not any(one.fullmatch(template) for template in found), name
