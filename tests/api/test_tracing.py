"""One id follows a request into its log lines, its job and what the worker puts on record."""

from __future__ import annotations

import pytest

from tests.api.conftest import As
from tests.factories import Cast, make_voice
from voiceassets.api.middleware import VERSION
from voiceassets.audit.models import Event
from voiceassets.core.tracing import traced
from voiceassets.jobs import leases
from voiceassets.jobs.models import Job

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"
HEADERS = {"X-Request-Id": "order-4711", "traceparent": PARENT}

pytestmark = pytest.mark.django_db


def test_a_trace_is_carried_on_in_a_span_of_its_own(cast: Cast, client_of: As) -> None:
    answer = client_of(cast.alice).get("/v1/me", headers=HEADERS)
    assert answer["traceparent"].startswith(f"00-{TRACE}-")
    assert answer["traceparent"] != PARENT
    assert answer["Api-Version"] == VERSION


@pytest.mark.parametrize("parent", ["", "00-0-0-0", f"ff-{TRACE}-00f067aa0ba902b7-01", "x" * 900])
def test_a_malformed_trace_begins_a_new_one(cast: Cast, client_of: As, parent: str) -> None:
    answer = client_of(cast.alice).get("/v1/me", headers={"traceparent": parent})
    assert TRACE not in answer["traceparent"]
    assert len(answer["traceparent"]) == len(PARENT)


def test_a_job_and_its_workers_events_belong_to_the_request(cast: Cast, client_of: As) -> None:
    voice, _ = make_voice(cast)
    body = {"speaker": voice.public_id, "text": "你好。"}
    client_of(cast.alice).post(
        "/v1/synthesis", body, content_type="application/json", headers=HEADERS
    )
    with cast.alice.scope():
        job = Job.objects.get(kind="synthesize")
    lease = leases.claim(job.pk, worker="test")
    assert lease is not None
    assert lease.request_id == "order-4711"
    assert TRACE in lease.traceparent
    with traced(request=lease.request_id, parent=lease.traceparent), cast.alice.scope():
        leases.fail(lease, code="bad", message="No.")
    with cast.alice.scope():
        assert Event.objects.get(action="job.failed").request_id == "order-4711"
