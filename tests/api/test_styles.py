"""What the doors say of a voice's styles, and how another one is asked for."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.api.conftest import As
from tests.architecture.material import make_recording
from tests.factories import Cast, make_approved, make_consent, make_speaker
from voiceassets.audit.models import Event
from voiceassets.consent.models import ConsentRecord
from voiceassets.corpus.models import Segment
from voiceassets.jobs.models import Job
from voiceassets.registry.models import ModelVersion
from voiceassets.speakers.models import Speaker

JSON = "application/json"
STYLES = [
    {"name": "default", "clips": 1, "timbre_clips": 1, "duration_ms": 4000},
    {"name": "warm", "clips": 2, "timbre_clips": 2, "duration_ms": 9000},
]

pytestmark = pytest.mark.django_db


@pytest.fixture
def speaker(cast: Cast) -> Speaker:
    return make_speaker(cast.alice)


@pytest.fixture
def version(cast: Cast, speaker: Speaker) -> ModelVersion:
    make_consent(cast.alice, speaker)
    return make_approved(cast.alice, cast.dora, speaker)


@pytest.fixture
def clip(cast: Cast, speaker: Speaker) -> str:
    recording = make_recording(cast.alice, speaker, state="accepted")
    with cast.alice.scope():
        return Segment.objects.get(recording=recording).public_id


@pytest.fixture
def client(cast: Cast, client_of: As) -> Client:
    """Alice's."""
    return client_of(cast.alice)


def test_a_version_and_a_voice_list_their_styles(client: Client, version: ModelVersion) -> None:
    assert client.get(f"/v1/versions/{version.public_id}").json()["styles"] == STYLES
    (voice,) = client.get("/v1/audio/voices").json()["data"]
    assert voice["styles"] == STYLES


def test_a_style_is_asked_for_once_and_its_job_followed(
    cast: Cast, client: Client, version: ModelVersion, clip: str
) -> None:
    path, body = f"/v1/versions/{version.public_id}/styles", {"name": "calm", "clips": [clip]}
    sent = [
        client.post(path, body, content_type=JSON, headers={"Idempotency-Key": "once"})
        for _ in range(2)
    ]
    assert [answer.status_code for answer in sent] == [202, 202]
    assert sent[0].content == sent[1].content
    job = client.get(sent[0]["Location"]).json()
    assert (job["kind"], job["state"]) == ("style", "queued")
    removed = client.delete(f"{path}/warm")
    assert removed.status_code == 202
    assert client.delete(f"{path}/calm").status_code == 404
    with cast.alice.scope():
        assert Job.objects.filter(kind="style").count() == 2


def test_a_refusal_for_want_of_consent_is_on_record(
    cast: Cast, client: Client, version: ModelVersion, clip: str
) -> None:
    with cast.alice.scope():
        ConsentRecord.objects.update(purposes=["synthesize"])
    path, body = f"/v1/versions/{version.public_id}/styles", {"name": "calm", "clips": [clip]}
    refused = client.post(path, body, content_type=JSON)
    assert (refused.status_code, refused.json()["code"]) == (403, "consent_scope")
    with cast.alice.scope():
        (event,) = Event.objects.filter(action="style.refused")
        assert event.object_id == version.public_id
        assert not Job.objects.filter(kind="style").exists()


def test_an_unknown_style_is_answered_with_those_there_are(
    client: Client, speaker: Speaker, version: ModelVersion
) -> None:
    native = {"speaker": speaker.public_id, "text": "你好。", "style": "angry"}
    theirs = {"voice": speaker.public_id, "model": "tts-1", "input": "你好。", "style": "angry"}
    for path, body in (("/v1/synthesis", native), ("/v1/audio/speech", theirs)):
        answer = client.post(path, body, content_type=JSON)
        assert answer.status_code == 422
        told = answer.json()
        assert (told["code"], told["data"]["styles"]) == ("unknown_style", ["default", "warm"])
        assert "default, warm" in told["detail"]
