"""One id follows a request into its log lines, its job and what the worker puts on record."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import LazySettings

from tests.api.conftest import As
from tests.factories import Cast, make_voice
from voiceassets.api.middleware import VERSION
from voiceassets.jobs.kinds import JobKind
from voiceassets.jobs.models import Job
from voiceassets.workers import running
from voiceassets.workers.work import Failed, Work

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"
HEADERS = {"X-Request-Id": "order-4711", "traceparent": PARENT}

pytestmark = pytest.mark.django_db


def test_a_trace_is_carried_on_in_a_span_of_its_own(cast: Cast, client_of: As) -> None:
    answer = client_of(cast.alice).get("/v1/me", headers=HEADERS)
    assert answer["traceparent"].startswith(f"00-{TRACE}-")
    assert answer["traceparent"] != PARENT
    assert answer["Api-Version"] == VERSION
    assert answer["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize("parent", ["", "00-0-0-0", f"ff-{TRACE}-00f067aa0ba902b7-01", "x" * 900])
def test_a_malformed_trace_begins_a_new_one(cast: Cast, client_of: As, parent: str) -> None:
    answer = client_of(cast.alice).get("/v1/me", headers={"traceparent": parent})
    assert TRACE not in answer["traceparent"]
    assert len(answer["traceparent"]) == len(PARENT)


class Unfit:
    def perform(self, work: Work) -> None:
        raise Failed("unfit", "No.")


@pytest.mark.django_db(transaction=True)
def test_a_job_and_its_workers_events_belong_to_request_and_trace(
    cast: Cast,
    client_of: As,
    monkeypatch: pytest.MonkeyPatch,
    settings: LazySettings,
    tmp_path: Path,
) -> None:
    settings.WORK_DIR = tmp_path
    monkeypatch.setitem(running.HANDLERS, JobKind.SYNTHESIZE, Unfit())
    monkeypatch.setattr("voiceassets.jobs.wakeup.send", lambda job_id, queue: True)
    voice, _ = make_voice(cast)
    body = {"speaker": voice.public_id, "text": "你好。"}
    client_of(cast.alice).post(
        "/v1/synthesis", body, content_type="application/json", headers=HEADERS
    )
    with cast.alice.scope():
        job = Job.objects.get(kind="synthesize")
    running.run(job.pk, draining=lambda: False)
    found = client_of(cast.carol).get("/v1/audit", {"trace_id": TRACE}).json()["data"]
    assert {event["actor_kind"] for event in found} == {"api_key", "worker"}
    assert {"synthesis.requested", "job.failed"} <= {event["action"] for event in found}
    assert {(event["request_id"], event["trace_id"]) for event in found} == {("order-4711", TRACE)}
