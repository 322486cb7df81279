"""Speech on request: waited for, streamed, refused, and never confused with success."""

from __future__ import annotations

import json
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from uuid import UUID

import numpy as np
import pytest
import redis
from django.conf import settings
from django.db import connection
from django.test import Client

from tests.api.conftest import As
from tests.factories import Cast, make_voice, release_request, worker_of
from voiceassets.api import slots
from voiceassets.assets import services as assets
from voiceassets.assets.live_audio import KEY, AudioStream, StreamBroken
from voiceassets.assets.models import Asset, SynthesisRequest
from voiceassets.core.context import tenant_scope
from voiceassets.jobs import leases, wakeup
from voiceassets.provenance.cue import with_cue
from voiceassets.provenance.label import FIELD, Label
from voiceassets.speakers.models import Speaker
from voiceassets.storage import services as storage

pytestmark = pytest.mark.django_db(transaction=True)

CHUNKS = (b"\x01\x00" * 100, b"\x02\x00" * 100)
Work = Callable[[Cast, SynthesisRequest, leases.Lease], str]


def speaks(cast: Cast, request: SynthesisRequest, lease: leases.Lease) -> str:
    release_request(cast.alice.tenant, request)
    with tenant_scope(lease.tenant_id):
        leases.succeed(lease, result={})
    return "ok"


def finds_nothing_to_speak(cast: Cast, request: SynthesisRequest, lease: leases.Lease) -> str:
    with tenant_scope(lease.tenant_id):
        leases.fail(lease, code="unspeakable_text", message="Nothing here can be spoken.")
        assets.abandon(worker_of(cast.alice.tenant), asset=request.asset, code="unspeakable_text")
    return "unspeakable_text"


def is_refused(cast: Cast, request: SynthesisRequest, lease: leases.Lease) -> str:
    with tenant_scope(lease.tenant_id):
        leases.fail(lease, code="consent_revoked", message="The consent was revoked.")
        assets.refuse(worker_of(cast.alice.tenant), asset=request.asset, code="consent_revoked")
    return "consent_revoked"


class Workers:
    """Takes the place of the broker: a wake-up starts a thread that does the job."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.work: Work = speaks
        self.chunks: Sequence[bytes] = CHUNKS
        self.broker = redis.Redis.from_url(settings.REDIS_URL)
        self.threads: list[threading.Thread] = []

    def wake(self, job_id: UUID, queue: str) -> bool:
        thread = threading.Thread(target=self._do, args=(job_id,))
        self.threads.append(thread)
        thread.start()
        return True

    def _do(self, job_id: UUID) -> None:
        try:
            lease = leases.claim(job_id, worker="test")
            assert lease is not None
            with tenant_scope(lease.tenant_id):
                request = SynthesisRequest.objects.select_related("asset").get(pk=lease.subject_id)
            key = KEY.format(synthesis_id=request.public_id)
            for chunk in self.chunks:
                self.broker.xadd(key, {"c": chunk})
            end = self.work(self.cast, request, lease)
            self.broker.xadd(key, {"end": end})
        finally:
            connection.close()


@pytest.fixture
def workers(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workers]:
    found = Workers(cast)
    monkeypatch.setattr(wakeup, "send", found.wake)
    yield found
    for thread in found.threads:
        thread.join()
    found.broker.close()


@pytest.fixture
def voice(cast: Cast) -> Speaker:
    return make_voice(cast)[0]


@pytest.fixture
def alice(cast: Cast, voice: Speaker, workers: Workers, client_of: As) -> Client:
    """Alice's client, once the voice stands and the workers listen."""
    return client_of(cast.alice)


def sound_of(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def only_asset(cast: Cast) -> Asset:
    with cast.alice.scope():
        return Asset.objects.select_related("object", "request__version").get()


def test_tts_answers_with_the_released_file(cast: Cast, alice: Client, voice: Speaker) -> None:
    response = alice.get("/tts", {"speaker": voice.name, "text": "你好。", "text_lang": "zh"})
    assert response.status_code == 200
    asset = only_asset(cast)
    assert asset.object is not None
    with storage.open_object(asset.object) as file:
        assert sound_of(response) == file.read()
    assert response["Content-Type"] == "audio/wav"
    assert response["Content-Length"] == str(asset.object.size_bytes)
    assert response["X-Asset-Id"] == asset.public_id
    assert response["X-Model-Version"] == asset.request.version.public_id
    assert json.loads(response["X-AIGC-Label"])["Label"] == "1"


def test_tts_takes_what_old_clients_send(cast: Cast, alice: Client, voice: Speaker) -> None:
    body = {
        "speaker": voice.public_id,
        "text": "你好。",
        "text_lang": "all_zh",
        "ref_audio_path": "/srv/clips/a.wav",
        "prompt_lang": "zh",
        "seed": -1,
        "speed_factor": 1.2,
        "streaming_mode": 0,
    }
    response = alice.post("/tts", body, content_type="application/json")
    assert response.status_code == 200
    response.close()
    with cast.alice.scope():
        asked = SynthesisRequest.objects.get()
    assert (asked.language, asked.settings["speed"]) == ("zh", 1.2)
    assert asked.settings["seed"] >= 0


def test_waiting_answers_with_the_asset(alice: Client, voice: Speaker) -> None:
    body = {"speaker": voice.public_id, "text": "你好。"}
    response = alice.post("/v1/synthesis?wait=30", body, content_type="application/json")
    assert response.status_code == 200
    assert response.json()["asset"]["state"] == "released"


def test_waiting_in_vain_answers_with_the_job(
    alice: Client, voice: Speaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wakeup, "send", lambda job_id, queue: False)
    body = {"speaker": voice.public_id, "text": "你好。"}
    response = alice.post("/v1/synthesis?wait=1", body, content_type="application/json")
    assert response.status_code == 202
    assert response["Location"] == f"/v1/jobs/{response.json()['job']['id']}"


def test_no_connection_is_held_while_waiting(
    alice: Client, voice: Speaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[bool] = []
    real = AudioStream.wait_for_end

    def watched(stream: AudioStream, *, seconds: float) -> None:
        held.append(connection.connection is not None)
        real(stream, seconds=seconds)

    monkeypatch.setattr(AudioStream, "wait_for_end", watched)
    alice.get("/tts", {"speaker": voice.name, "text": "你好。"}).close()
    assert held
    assert not any(held)


def test_a_stream_is_a_labelled_wav_of_unknown_length(
    cast: Cast, alice: Client, voice: Speaker
) -> None:
    body = {"speaker": voice.public_id, "text": "你好。"}
    response = alice.post("/v1/synthesis?stream=true", body, content_type="application/json")
    assert response.status_code == 200
    sound = sound_of(response)
    assert sound[:4] + sound[8:12] == b"RIFFWAVE"
    at = sound.index(FIELD.encode())
    (size,) = struct.unpack("<I", sound[at + 4 : at + 8])
    label = Label.from_text(sound[at + 8 : at + 8 + size].decode())
    assert label == Label.from_text(response["X-AIGC-Label"])
    assert label.produce_id == only_asset(cast).public_id
    data = sound.index(b"data", at + size)
    assert sound[data + 4 : data + 8] == b"\xff" * 4
    audible = with_cue(np.frombuffer(b"".join(CHUNKS), "<i2"), sample_rate_hz=32_000)
    assert sound[data + 8 :] == audible.tobytes()


def test_a_stream_that_fails_before_the_first_sound_is_a_problem(
    alice: Client, voice: Speaker, workers: Workers
) -> None:
    workers.work, workers.chunks = finds_nothing_to_speak, ()
    body = {"speaker": voice.public_id, "text": "…"}
    response = alice.post("/v1/synthesis?stream=true", body, content_type="application/json")
    assert (response.status_code, response.json()["code"]) == (422, "unspeakable_text")


def test_a_stream_that_breaks_ends_the_connection(
    alice: Client, voice: Speaker, workers: Workers
) -> None:
    workers.work = is_refused
    response = alice.get("/tts", {"speaker": voice.name, "text": "你好。", "streaming_mode": "1"})
    assert response.status_code == 200
    with pytest.raises(StreamBroken):
        sound_of(response)


def test_audio_that_a_gate_holds_back_is_a_refusal(
    alice: Client, voice: Speaker, workers: Workers
) -> None:
    workers.work = is_refused
    response = alice.get("/tts", {"speaker": voice.name, "text": "你好。"})
    assert (response.status_code, response.json()["code"]) == (403, "consent_revoked")


def test_more_waiting_clients_than_places_are_turned_away(
    alice: Client, voice: Speaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slots, "_free", threading.BoundedSemaphore(1))
    with slots.slot():
        response = alice.get("/tts", {"speaker": voice.name, "text": "你好。"})
    assert (response.status_code, response.json()["code"]) == (503, "too_many_streams")
    assert response["Retry-After"]


def test_a_client_that_is_turned_away_has_asked_for_nothing(
    cast: Cast, alice: Client, voice: Speaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slots, "_free", threading.BoundedSemaphore(1))
    with slots.slot():
        alice.get("/tts", {"speaker": voice.name, "text": "你好。"})
    with cast.alice.scope():
        assert not SynthesisRequest.objects.exists()
