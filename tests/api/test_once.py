"""A request sent twice with an Idempotency-Key is carried out once."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from tests.api.conftest import As
from tests.factories import Cast, make_speaker, make_voice
from voiceassets.core.context import platform_scope, tenant_scope
from voiceassets.jobs.models import Job
from voiceassets.speakers.models import Speaker
from voiceassets.tenants import idempotency
from voiceassets.tenants.models import ApiKey, KeptAnswer

JSON = "application/json"
KEY = {"Idempotency-Key": "order-1"}
NEW = {"name": "Xiaoyan", "languages": ["zh"]}


def post(client: Client, path: str, body: dict[str, Any], **headers: str) -> Any:
    return client.post(path, body, content_type=JSON, headers=KEY | headers)


@pytest.mark.django_db
def test_the_second_time_the_same_answer_is_said_again(cast: Cast, client_of: As) -> None:
    alice = client_of(cast.alice)
    first, second = (post(alice, "/v1/speakers", NEW) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert ("Idempotent-Replayed" in first, second["Idempotent-Replayed"]) == (False, "true")
    with cast.alice.scope():
        assert Speaker.objects.count() == 1


@pytest.mark.django_db
def test_accepted_work_is_answered_with_the_same_place(cast: Cast, client_of: As) -> None:
    voice, _ = make_voice(cast)
    body = {"speaker": voice.public_id, "text": "你好。"}
    first, second = (post(client_of(cast.alice), "/v1/synthesis", body) for _ in range(2))
    assert (second.status_code, second["Location"]) == (202, first["Location"])
    assert first.json() == second.json()


@pytest.mark.django_db
def test_a_key_belongs_to_one_request(cast: Cast, client_of: As) -> None:
    alice = client_of(cast.alice)
    post(alice, "/v1/speakers", NEW)
    for path, body in (
        ("/v1/speakers", NEW | {"name": "Other"}),
        ("/v1/uploads", {"size_bytes": 1}),
    ):
        answer = post(alice, path, body)
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")


@pytest.mark.django_db
def test_a_key_belongs_to_one_person_and_not_to_their_api_key(cast: Cast, client_of: As) -> None:
    first = post(client_of(cast.alice), "/v1/speakers", NEW).json()
    assert post(client_of(cast.dora), "/v1/speakers", NEW | {"name": "Other"}).status_code == 201
    secret = client_of(cast.alice).post("/v1/keys", {"name": "next"}, content_type=JSON).json()
    rotated = Client(headers={"Authorization": f"Bearer {secret['secret']}"})
    assert post(rotated, "/v1/speakers", NEW).json() == first


@pytest.mark.django_db
def test_what_was_refused_may_be_tried_again(cast: Cast, client_of: As) -> None:
    speaker = make_speaker(cast.alice)
    body = {"speaker": speaker.public_id, "dataset": "dat_" + "0" * 26}
    alice = client_of(cast.alice)
    assert post(alice, "/v1/finetunes", body).status_code == 404
    with cast.alice.scope():
        assert not KeptAnswer.objects.exists()


@pytest.mark.django_db
def test_a_secret_is_shown_once_and_kept_nowhere(cast: Cast, client_of: As) -> None:
    alice = client_of(cast.alice)
    first = post(alice, "/v1/keys", {"name": "ci"})
    again = post(alice, "/v1/keys", {"name": "ci"})
    assert (again.status_code, again.json()["code"]) == (409, "answer_not_kept")
    with cast.alice.scope():
        assert ApiKey.objects.filter(name="ci").count() == 1
        assert first.json()["secret"] not in KeptAnswer.objects.get().body


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", " ", "x" * 256, 'a"b', "schlüssel"])
def test_a_malformed_key_is_refused(cast: Cast, client_of: As, key: str) -> None:
    answer = post(client_of(cast.alice), "/v1/speakers", NEW, **{"Idempotency-Key": key})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_idempotency_key")


@pytest.mark.django_db
def test_a_quoted_key_is_the_same_as_a_bare_one(cast: Cast, client_of: As) -> None:
    alice = client_of(cast.alice)
    first = post(alice, "/v1/speakers", NEW)
    assert (
        post(alice, "/v1/speakers", NEW, **{"Idempotency-Key": '"order-1"'}).json() == first.json()
    )


@pytest.mark.django_db
def test_old_answers_are_forgotten(cast: Cast, client_of: As) -> None:
    post(client_of(cast.alice), "/v1/speakers", NEW)
    assert idempotency.forget_old() == 0
    with platform_scope():
        KeptAnswer.objects.update(expires_at="2020-01-01T00:00:00Z")
    assert idempotency.forget_old() == 1


@pytest.mark.django_db(transaction=True)
def test_while_the_first_runs_the_second_is_told_so(cast: Cast, client_of: As) -> None:
    claimed, done = threading.Event(), threading.Event()

    def run_slowly() -> None:
        try:
            with tenant_scope(cast.alice.tenant.pk):
                idempotency.claim(cast.alice.actor, key="order-1", fingerprint="-")
                claimed.set()
                done.wait(20)
        finally:
            connection.close()

    thread = threading.Thread(target=run_slowly)
    thread.start()
    claimed.wait(20)
    answer = post(client_of(cast.alice), "/v1/speakers", NEW)
    done.set()
    thread.join()
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_key_in_use")


@pytest.mark.django_db(transaction=True)
def test_sixteen_at_once_make_one_job_and_get_one_answer(cast: Cast, client_of: As) -> None:
    voice, _ = make_voice(cast)
    body = {"speaker": voice.public_id, "text": "你好。"}
    answers: Counter[bytes] = Counter()

    def insist() -> None:
        try:
            while (answer := post(client_of(cast.alice), "/v1/synthesis", body)).status_code == 409:
                pass
            answers[answer.content] += 1
        finally:
            connection.close()

    threads = [threading.Thread(target=insist) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(answers.values()) == [16]
    with cast.alice.scope():
        assert Job.objects.filter(kind="synthesize").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_crash_before_the_commit_keeps_neither_the_effect_nor_the_answer(cast: Cast) -> None:
    def fail_late() -> None:
        with cast.alice.scope() as actor:
            idempotency.claim(actor, key="k", fingerprint="-")
            idempotency.keep(actor, key="k", fingerprint="-", subject="spk_1")
            raise RuntimeError("the power fails here")

    with pytest.raises(RuntimeError):
        fail_late()
    with cast.alice.scope() as actor, transaction.atomic():
        assert idempotency.claim(actor, key="k", fingerprint="-") is None
