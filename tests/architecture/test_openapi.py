"""The committed description of the API is valid, and is that of the code."""

from __future__ import annotations

import io
import json

from django.conf import settings
from django.core.management import call_command
from openapi_spec_validator import validate

from tests.architecture.routes import PARAMETER, routes


def document() -> dict[str, dict[str, dict[str, dict[str, object]]]]:
    found: dict[str, dict[str, dict[str, dict[str, object]]]] = json.loads(
        (settings.BASE_DIR / "docs" / "openapi.json").read_text(encoding="utf-8")
    )
    return found


def test_the_committed_document_is_current() -> None:
    call_command("openapi", "--check", stdout=io.StringIO())


def test_it_is_valid_openapi_3_1() -> None:
    found = document()
    assert str(found["openapi"]).startswith("3.1")
    validate(found)


def test_it_describes_every_operation() -> None:
    described = {
        (path, method.upper(), spec["operationId"])
        for path, methods in document()["paths"].items()
        for method, spec in methods.items()
    }
    assert described == {
        (PARAMETER.sub(r"{\1}", route.template), route.method, route.operation.name)
        for route in routes()
    }


def test_every_operation_says_what_it_does_and_needs() -> None:
    for methods in document()["paths"].values():
        for spec in methods.values():
            does, _, needs = str(spec["description"]).rpartition("\n\n")
            assert does
            assert needs.startswith(("Needs the permission", "Any valid key", "No key is needed"))
            without_key = [{}] if needs == "No key is needed." else []
            assert spec["security"] == [{"key": []}, *without_key]
