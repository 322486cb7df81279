"""What attackers put into requests stays text: no header, log line, path or memory comes of it."""

from __future__ import annotations

import gzip
import json
import logging
import tracemalloc

import pytest
from django.test import Client

from tests.api.conftest import As
from tests.factories import Cast, make_voice
from voiceassets.core.logs import JsonFormatter

pytestmark = pytest.mark.django_db
JSON = "application/json"
FORGED = '\r\n{"level": "critical", "message": "all is well"}'
PATHS = (
    "../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "....//....//etc/passwd",
    "%2e%2e/%2e%2e/settings.py",
    "/etc/passwd",
    "C:\\windows\\win.ini",
    "x%00.wav",
    "spk_01m83hg1ajfn4e2m0p6q8r9s0t/../../../../healthz",
)
PLACES = (
    "speakers/{}",
    "transfers/{}",
    "assets/{}/audio",
    "consents/{}/evidence",
    "keys/{}/rotate",
)


@pytest.mark.parametrize("header", ["X-Request-Id", "traceparent", "User-Agent", "Referer"])
def test_a_header_forges_no_log_line_and_no_header(
    cast: Cast, client_of: As, header: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    answer = client_of(cast.alice).get("/v1/nothing", headers={header: f"x{FORGED}"})
    assert answer.status_code == 404
    assert not any("all is well" in value for value in answer.headers.values())
    assert_no_line_is_forged(caplog)


@pytest.mark.parametrize(
    "text", ["a%0d%0aX-Evil:%201", "%0a%7B%22level%22:%22critical%22%7D", "%1b[2J"]
)
def test_a_path_forges_no_log_line_and_no_header(
    cast: Cast, client_of: As, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    answer = client_of(cast.alice).get(f"/v1/speakers/{text}")
    assert answer.status_code == 404
    assert "X-Evil" not in answer.headers
    assert answer.json()["code"] == "not_found"
    assert_no_line_is_forged(caplog)


def assert_no_line_is_forged(caplog: pytest.LogCaptureFixture) -> None:
    """One line for each record, and each is one object that says who wrote it."""
    assert caplog.records
    for record in caplog.records:
        line = JsonFormatter().format(record)
        assert len(line.splitlines()) == 1, line
        assert json.loads(line)["level"] != "critical"


@pytest.mark.parametrize("path", PATHS)
def test_a_path_in_an_id_is_an_id_that_nobody_has(cast: Cast, client_of: As, path: str) -> None:
    alice = client_of(cast.alice)
    for place in PLACES:
        for answer in (
            alice.get(f"/v1/{place.format(path)}"),
            alice.post(f"/v1/{place.format(path)}"),
        ):
            assert 400 <= answer.status_code < 500, place
            assert b"root:" not in answer.content


@pytest.mark.parametrize("line_id", ["../x", "a/b", ".hidden", "a\r\nb", "x\x00", "", "con" * 30])
def test_a_line_names_no_path_in_the_archive(cast: Cast, client_of: As, line_id: str) -> None:
    speaker, _ = make_voice(cast)
    body = {"speaker": speaker.public_id, "lines": [{"id": line_id, "text": "你好。"}]}
    answer = client_of(cast.alice).post("/v1/batches", body, content_type=JSON)
    assert answer.status_code == 422


def test_a_compressed_body_is_not_blown_up(cast: Cast, client_of: As) -> None:
    bomb = gzip.compress(bytes(64 * 1024**2))
    tracemalloc.start()
    answer = client_of(cast.alice).post(
        "/v1/speakers", bomb, content_type=JSON, headers={"Content-Encoding": "gzip"}
    )
    _, most_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert answer.status_code == 400
    assert most_bytes < 16 * 1024**2


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 200_000,
        b'{"a":' * 200_000,
        b'{"name": ' + b"9" * 5_000 + b"}",
        b'{"name": "' + b"\\u0041" * 700_000 + b'"}',
    ],
    ids=["brackets", "objects", "digits", "escapes"],
)
def test_a_body_that_unfolds_is_refused(cast: Cast, client_of: As, body: bytes) -> None:
    answer = client_of(cast.alice).post("/v1/speakers", body, content_type=JSON)
    assert answer.status_code in {400, 413, 422}


def test_another_method_or_host_in_a_header_changes_nothing(cast: Cast, client_of: As) -> None:
    alice = client_of(cast.alice)
    overridden = {"X-HTTP-Method-Override": "DELETE", "X-Original-URL": "/v1/keys"}
    assert alice.get("/v1/me", headers=overridden).json()["tenant_slug"] == "acme"
    assert Client().get("/v1/me", headers={"Host": "evil.example"}).status_code == 400
    page = alice.get("/v1/speakers", headers={"X-Forwarded-Host": "evil.example"})
    assert b"evil.example" not in page.content
