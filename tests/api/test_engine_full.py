"""A listener is not kept waiting for an engine that has no place."""

from __future__ import annotations

import threading
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client

from tests.api.conftest import As
from tests.factories import Cast
from voiceassets.jobs import leases, wakeup
from voiceassets.jobs.models import Job
from voiceassets.speakers.models import Speaker

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_full_engine_is_told_with_its_own_estimate_and_the_work_is_cancelled(
    cast: Cast, voice: Speaker, client_of: As, monkeypatch: pytest.MonkeyPatch
) -> None:
    def put_back(job_id: UUID) -> None:
        """What a worker does whose scheduler is busy."""
        lease = leases.claim(job_id, worker="test")
        assert lease is not None
        leases.release(lease, after_s=600)
        connection.close()

    def wake(job_id: UUID, queue: str) -> bool:
        worker = threading.Thread(target=put_back, args=(job_id,))
        worker.start()
        worker.join()
        return True

    monkeypatch.setattr(wakeup, "send", wake)
    query = {"speaker": voice.public_id, "text": "你好。", "text_lang": "zh", "streaming": "true"}
    alice: Client = client_of(cast.alice)
    answer = alice.get("/tts", query_params=query)
    assert (answer.status_code, answer.json()["code"]) == (503, "engine_full")
    assert 500 < int(answer["Retry-After"]) <= 600
    with cast.alice.scope():
        assert Job.objects.latest("id").state == "cancelled"
