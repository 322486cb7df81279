"""A rush is told to come back before anything is made for it; who listens waits behind nobody."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.conf import LazySettings
from django.test import Client

from tests.api.conftest import As
from tests.factories import Cast, make_approved, make_consent, make_person, make_speaker
from voiceassets.core.context import platform_scope
from voiceassets.jobs import waiting, wakeup
from voiceassets.jobs.kinds import Queue
from voiceassets.jobs.models import Job
from voiceassets.speakers.models import Speaker
from voiceassets.tenants.permissions import Role

pytestmark = pytest.mark.django_db(transaction=True)
JSON = "application/json"


@pytest.fixture(autouse=True)
def woken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The queues that were woken; counts are taken anew for every request."""
    queues: list[str] = []

    def send(job_id: UUID, queue: str) -> bool:
        queues.append(queue)
        return True

    monkeypatch.setattr(wakeup, "send", send)
    monkeypatch.setattr(waiting, "COUNT_AGAIN_S", 0)
    return queues


def ask(client: Client, voice: Speaker, *, key: str = "", batch: bool = False) -> tuple[int, str]:
    body = {"speaker": voice.public_id, "text": "你好。", "batch": batch}
    headers = {"Idempotency-Key": key} if key else {}
    answer = client.post("/v1/synthesis", body, content_type=JSON, headers=headers)
    assert ("Retry-After" in answer.headers) == (answer.status_code in {202, 429, 503})
    return answer.status_code, answer.json().get("code", "")


def jobs_of(kind: str) -> int:
    with platform_scope():
        return Job.objects.filter(kind=kind).count()


def test_a_company_may_have_its_share_waiting_and_no_more(
    cast: Cast, voice: Speaker, client_of: As, settings: LazySettings
) -> None:
    settings.JOBS_WAITING_MOST = {Queue.INTERACTIVE: (10, 2), Queue.BATCH: (10, 2)}
    alice = client_of(cast.alice)
    assert ask(alice, voice, key="one")[0] == ask(alice, voice)[0] == 202
    assert ask(alice, voice) == (429, "too_many_waiting")
    assert ask(alice, voice, key="one")[0] == 202, "what was taken is said again"
    assert jobs_of("synthesize") == 2
    assert ask(alice, voice, batch=True)[0] == 202, "another queue"
    lines = [{"id": str(number), "text": "你好。"} for number in range(2)]
    body = {"speaker": voice.public_id, "lines": lines}
    refused = alice.post("/v1/batches", body, content_type=JSON)
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_waiting")
    assert jobs_of("synthesize_batch") == 1


def test_all_companies_together_fill_the_queue(
    cast: Cast, voice: Speaker, client_of: As, settings: LazySettings
) -> None:
    settings.JOBS_WAITING_MOST = {Queue.INTERACTIVE: (2, 2), Queue.BATCH: (2, 2)}
    alice = client_of(cast.alice)
    second = make_person(cast.mallory.tenant, "Second", Role.BRAND_MANAGER)
    theirs = make_speaker(cast.mallory, name="Theirs")
    make_consent(cast.mallory, theirs)
    make_approved(cast.mallory, second, theirs)
    mallory = client_of(cast.mallory)
    assert [ask(alice, voice)[0], ask(mallory, theirs)[0]] == [202, 202]
    assert ask(mallory, theirs) == (503, "queue_full")
    assert jobs_of("synthesize") == 2


def test_who_listens_does_not_wait_behind_many_lines(
    cast: Cast, voice: Speaker, client_of: As, woken: list[str]
) -> None:
    alice = client_of(cast.alice)
    lines = [{"id": str(number), "text": "你好。"} for number in range(50)]
    body = {"speaker": voice.public_id, "lines": lines}
    assert alice.post("/v1/batches", body, content_type=JSON).status_code == 202
    woken.clear()
    assert ask(alice, voice)[0] == 202
    assert woken == [Queue.INTERACTIVE], "its own queue, whose workers take nothing else"
