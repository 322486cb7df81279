"""No operation takes a field or a parameter that it does not know."""

from __future__ import annotations

import dataclasses

import pytest

from tests.architecture.conftest import Worlds
from tests.architecture.routes import routes
from tests.architecture.sending import send, sender
from tests.architecture.world import examples

ROUTES = {route.operation.name: route for route in routes()}
WITH_BODY = [name for name, route in ROUTES.items() if route.method != "GET"]


@pytest.mark.parametrize("name", WITH_BODY)
def test_an_unknown_field_is_refused(worlds: Worlds, name: str) -> None:
    example = examples(worlds.acme.id)[name]
    odd = dataclasses.replace(example, body=example.body | {"is_admin": "yes"})
    response = send(sender(worlds.acme, example), ROUTES[name], odd)
    assert response.status == 422
    assert response.json()["errors"][0]["pointer"] == "/is_admin"
    assert response.json()["errors"][0]["code"] == "unknown_field"


@pytest.mark.parametrize("name", ROUTES)
def test_an_unknown_parameter_is_refused(worlds: Worlds, name: str) -> None:
    example = examples(worlds.acme.id)[name]
    odd = dataclasses.replace(example, query=example.query | {"tenant": "rival"})
    response = send(sender(worlds.acme, example), ROUTES[name], odd)
    assert response.status == 422
    assert response.json()["errors"][0]["code"] == "unknown_field"
