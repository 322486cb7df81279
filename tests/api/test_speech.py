"""Speech on request: waited for, streamed, refused, and never confused with success."""

from __future__ import annotations

import json
import socket
import struct
import threading
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.test import Client

from tests.api.workers import CHUNKS, Workers, finds_nothing_to_speak, is_refused, is_stopped
from tests.factories import Cast
from voiceassets.api import live, slots
from voiceassets.assets.live_audio import AudioStream, StreamBroken
from voiceassets.assets.models import Asset, SynthesisRequest
from voiceassets.audit.models import Event
from voiceassets.consent import services as consents
from voiceassets.consent.models import ConsentRecord
from voiceassets.jobs import wakeup
from voiceassets.jobs.models import Job
from voiceassets.provenance.cue import AudibleLabel
from voiceassets.provenance.label import FIELD, Label
from voiceassets.speakers.models import Speaker
from voiceassets.storage import services as storage

pytestmark = pytest.mark.django_db(transaction=True)


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
        "text_split_method": "cut5",
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


def test_who_waits_again_with_the_same_key_hears_what_was_made_then(
    alice: Client, voice: Speaker
) -> None:
    body = {"speaker": voice.public_id, "text": "你好。"}
    first, second = (
        alice.post(
            "/v1/synthesis?wait=30",
            body,
            content_type="application/json",
            headers={"Idempotency-Key": "once"},
        )
        for _ in range(2)
    )
    assert first.json()["asset"] == second.json()["asset"]
    assert ("Idempotent-Replayed" in first, second["Idempotent-Replayed"]) == (False, "true")


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
    asset = only_asset(cast)
    assert label.produce_id == asset.public_id
    with cast.alice.scope():
        assert SynthesisRequest.objects.get(asset=asset).streamed
    data = sound.index(b"data", at + size)
    assert sound[data + 4 : data + 8] == b"\xff" * 4
    audible = AudibleLabel().put_into(np.frombuffer(b"".join(CHUNKS), "<i2"), 32_000)[0]
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


def test_a_revocation_cuts_a_stream_though_its_sound_lies_ready(
    cast: Cast,
    alice: Client,
    voice: Speaker,
    workers: Workers,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert live.RIGHTS_EVERY_S < 2
    monkeypatch.setattr(live, "RIGHTS_EVERY_S", 0)
    workers.work = is_stopped
    response = alice.get("/tts", {"speaker": voice.name, "text": "你好。", "streaming_mode": "1"})
    chunks = iter(response.streaming_content)
    next(chunks)
    with cast.alice.scope() as actor:
        consent = ConsentRecord.objects.get(speaker=voice)
        consents.revoke(actor, consent=consent, reason="She asked for it.")
    with pytest.raises(StreamBroken, match="consent_revoked"):
        list(chunks)


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


def test_a_listener_who_leaves_cancels_the_work(
    cast: Cast, alice: Client, voice: Speaker, workers: Workers
) -> None:
    left = threading.Event()

    def chunks() -> Any:
        yield CHUNKS[0]
        left.wait(10)

    workers.chunks, workers.work = chunks(), is_stopped
    response = alice.get("/tts", {"speaker": voice.name, "text": "你好。", "streaming_mode": "1"})
    next(iter(response.streaming_content))
    response.close()
    with cast.alice.scope():
        assert Job.objects.get(kind="synthesize").cancel_requested_at is not None
    left.set()


def test_a_stream_heard_to_its_end_cancels_nothing(
    cast: Cast, alice: Client, voice: Speaker
) -> None:
    response = alice.get("/tts", {"speaker": voice.name, "text": "你好。", "streaming_mode": "1"})
    assert sound_of(response)
    response.close()
    with cast.alice.scope():
        assert Job.objects.get(kind="synthesize").cancel_requested_at is None


def test_a_client_that_hangs_up_while_it_waits_cancels_the_work(
    cast: Cast, alice: Client, voice: Speaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wakeup, "send", lambda job_id, queue: False)
    ours, theirs = socket.socketpair()
    theirs.close()
    with ours:
        response = alice.get(
            "/tts", {"speaker": voice.name, "text": "你好。"}, **{"gunicorn.socket": ours}
        )
    assert response.json()["code"] == "client_left"
    with cast.alice.scope():
        assert Job.objects.get(kind="synthesize").state == "cancelled"


def test_a_path_on_the_server_is_refused_with_an_explanation(alice: Client, voice: Speaker) -> None:
    asked = {"speaker": voice.name, "text": "你好。", "ref_audio_path": "/srv/a.wav"}
    response = alice.get("/tts", asked)
    assert response.status_code == 422
    assert response.json()["errors"][0]["code"] == "server_path_refused"


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"text": ""}, "/text"),
        ({"text_lang": "xx"}, "/text_lang"),
        ({"media_type": "midi"}, "/media_type"),
        ({"text_split_method": "cut9"}, "/text_split_method"),
        ({"speed_factor": "99"}, "/speed"),
        ({"speed_factor": "1", "speed": "1"}, "/speed_factor"),
        ({"top_k": "0"}, "/top_k"),
    ],
)
def test_wrong_input_is_a_problem_and_never_silence(
    alice: Client, voice: Speaker, wrong: dict[str, str], pointer: str
) -> None:
    response = alice.get("/tts", {"speaker": voice.name, "text": "你好。"} | wrong)
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (422, pointer)


@pytest.mark.parametrize("media_type", ["wav", "raw", "pcm", "mp3", "ogg", "aac", "flac"])
def test_tts_takes_a_form_and_streams_in_every_encoding(
    alice: Client, voice: Speaker, media_type: str
) -> None:
    form = {
        "spk": voice.name,
        "text": "你好。",
        "lang": "ZH",
        "media_type": media_type,
        "streaming": "true",
        "top_p": "0.9",
        "fragment_interval": "0.3",
    }
    response = alice.post("/tts", form)
    assert response.status_code == 200
    assert "fragment_interval" in response["Warning"]
    assert len(sound_of(response)) > 200


def test_a_refused_download_is_on_record(cast: Cast, alice: Client, voice: Speaker) -> None:
    alice.get("/tts", {"speaker": voice.name, "text": "你好。"}).close()
    asset = only_asset(cast)
    with cast.alice.scope() as actor:
        consents.revoke(actor, consent=ConsentRecord.objects.get(), reason="asked")
    response = alice.get(f"/v1/assets/{asset.public_id}/audio")
    assert (response.status_code, response.json()["code"]) == (403, "consent_revoked")
    with cast.alice.scope():
        refused = Event.objects.get(action="asset.download_refused")
    assert (refused.object_id, refused.data) == (asset.public_id, {"code": "consent_revoked"})
