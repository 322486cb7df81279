"""Every refusal is a problem document with a stable code, whatever was sent."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError
from django.test import Client

from tests.api.conftest import As
from tests.factories import Cast
from voiceassets.speakers import selectors

JSON = "application/json"

BODIES = {
    "no JSON": (b"{", 400, "malformed"),
    "not a number": (b'{"name": NaN}', 400, "malformed"),
    "not UTF-8": (b'{"name": "\xff"}', 400, "malformed"),
    "too deep": (b"[" * 100_000, 400, "malformed"),
    "a list": (b"[1]", 422, "invalid"),
    "nothing": (b"", 422, "invalid"),
    "a NUL": (b'{"name": "a\\u0000b"}', 422, "invalid"),
    "half a character": (b'{"name": "\\ud800"}', 422, "invalid"),
    "another type": (b'{"name": {"a": 1}}', 422, "invalid"),
    "a list of another type": (b'{"name": "a", "languages": "zh"}', 422, "invalid"),
    "no language": (b'{"name": "a", "languages": ["!!"]}', 422, "invalid"),
}


def problem(response: Any) -> dict[str, Any]:
    assert response["Content-Type"] == "application/problem+json"
    found: dict[str, Any] = response.json()
    assert {"type", "title", "status", "detail", "instance", "code", "request_id"} <= set(found)
    assert found["status"] == response.status_code
    assert found["request_id"] == response["X-Request-Id"]
    return found


@pytest.mark.parametrize(("body", "status", "code"), BODIES.values(), ids=BODIES)
def test_a_bad_body_is_refused(
    cast: Cast, client_of: As, body: bytes, status: int, code: str
) -> None:
    response = client_of(cast.alice).post("/v1/speakers", body, content_type=JSON)
    assert (response.status_code, problem(response)["code"]) == (status, code)


def test_each_thing_that_is_wrong_is_pointed_at(cast: Cast, client_of: As) -> None:
    body = {"speaker": "spk_x", "dataset": "dts_x", "settings": {"preset": "?", "seed": -1}}
    response = client_of(cast.alice).post("/v1/finetunes", body, content_type=JSON)
    found = {error["pointer"]: error for error in problem(response)["errors"]}
    errors = {pointer: error["code"] for pointer, error in found.items()}
    assert errors == {"/settings/preset": "invalid_choice", "/settings/seed": "min_value"}
    assert found["/settings/preset"]["detail"].startswith("Choose one of: auto, ")


def test_a_body_of_another_type_is_refused(cast: Cast, client_of: As) -> None:
    response = client_of(cast.alice).post("/v1/speakers", b"<x/>", content_type="text/xml")
    assert (response.status_code, problem(response)["code"]) == (415, "unsupported_media_type")


def test_a_body_that_is_too_long_is_refused(cast: Cast, client_of: As) -> None:
    body = b'{"name": "' + b"x" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE + b'"}'
    response = client_of(cast.alice).post("/v1/speakers", body, content_type=JSON)
    assert (response.status_code, problem(response)["code"]) == (413, "too_large")


@pytest.mark.parametrize("path", ["/v1/nothing", "/elsewhere", "/v1/speakers/spk_1"])
def test_what_is_not_there_answers_404(cast: Cast, client_of: As, path: str) -> None:
    response = client_of(cast.alice).get(path)
    assert (response.status_code, problem(response)["code"]) == (404, "not_found")


@pytest.mark.parametrize("header", ["Bearer va_live_wrong", "Basic YTpi", "Bearer ", "Bearer é"])
def test_a_key_that_opens_nothing_is_refused(db: None, header: str) -> None:
    response = Client(headers={"Authorization": header}).get("/v1/me")
    assert (response.status_code, problem(response)["code"]) == (401, "unauthenticated")
    assert response["WWW-Authenticate"] == "Bearer"


def test_the_callers_request_id_is_kept_when_it_is_harmless(cast: Cast, client_of: As) -> None:
    client = client_of(cast.alice)
    kept = client.get("/v1/me", headers={"X-Request-Id": "trace-12345678"})
    assert kept["X-Request-Id"] == "trace-12345678"
    replaced = client.get("/v1/me", headers={"X-Request-Id": "a b<script>"})
    assert replaced["X-Request-Id"].startswith("req_")


def test_a_database_that_does_not_answer_is_unavailable(
    cast: Cast, client_of: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(selectors, "speakers", broken)
    response = client_of(cast.alice).get("/v1/speakers")
    assert (response.status_code, problem(response)["code"]) == (503, "unavailable")
    assert response["Retry-After"]


def test_our_own_mistake_tells_nothing_but_where_to_look(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError("the password is 1234")

    monkeypatch.setattr(selectors, "speakers", broken)
    client = Client(headers=cast.alice.headers, raise_request_exception=False)
    response = client.get("/v1/speakers")
    assert (response.status_code, problem(response)["code"]) == (500, "internal")
    assert "1234" not in response.content.decode()


def test_health_and_readiness_need_no_key(db: None) -> None:
    assert Client().get("/healthz").json() == {"status": "ok"}
    assert Client().get("/readyz").json() == {"status": "ok", "database": "ok"}


def test_the_description_of_the_api_is_served(db: None) -> None:
    served = Client().get("/v1/openapi.json")
    assert served.json() == Client().get("/v1/openapi.json").json()
    assert "swagger" in Client().get("/docs").content.decode()
