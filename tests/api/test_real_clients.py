"""The programs that other systems' users have: their own packages, unchanged.

Both take seconds to import, so they are imported where a test runs, not where tests are collected.
"""

from __future__ import annotations

import base64
import io
import json
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import av
import httpx
import numpy as np
import pytest
from pytest_django.live_server_helper import LiveServer

from tests import factories
from tests.api.workers import Workers, finds_nothing_to_speak
from tests.factories import Cast
from voiceassets.assets.models import SynthesisRequest
from voiceassets.provenance.cue import AudibleLabel
from voiceassets.provenance.labels import read_label
from voiceassets.speakers.models import Speaker

if TYPE_CHECKING:
    import openai
    from elevenlabs.client import ElevenLabs

pytestmark = pytest.mark.django_db(transaction=True)

LOUD = ((np.sin(np.arange(16_000) / 20) * 9000).astype("<i2").tobytes(),) * 2
SECONDS = 1.0


@pytest.fixture
def client(
    cast: Cast, voice: Speaker, workers: Workers, live_server: LiveServer
) -> Iterator[openai.OpenAI]:
    import openai

    workers.chunks = LOUD
    with openai.OpenAI(
        api_key=cast.alice.token, base_url=f"{live_server.url}/v1", max_retries=0
    ) as found:
        yield found


@pytest.fixture
def eleven(
    cast: Cast, voice: Speaker, workers: Workers, live_server: LiveServer
) -> Iterator[ElevenLabs]:
    from elevenlabs.client import ElevenLabs

    workers.chunks = LOUD
    with httpx.Client() as client:
        yield ElevenLabs(api_key=cast.alice.token, base_url=live_server.url, httpx_client=client)


def seconds_of(sound: bytes, *, container: str | None = None) -> float:
    """How long a file plays, or raw 24 kHz samples."""
    if container == "pcm":
        return len(sound) / 2 / 24_000
    with av.open(io.BytesIO(sound)) as file:
        rate = file.streams.audio[0].rate
        return sum(frame.samples for frame in file.decode(audio=0)) / rate


@pytest.mark.parametrize("response_format", ["mp3", "opus", "aac", "flac", "wav", "pcm"])
def test_openai_speaks_in_every_format(
    client: openai.OpenAI, voice: Speaker, response_format: Any, tmp_path: Any
) -> None:
    answer = client.audio.speech.create(
        model="tts-1", voice=voice.name, input="你好。", response_format=response_format, speed=1.1
    )
    cue = AudibleLabel().sound(32_000)
    expected = SECONDS + len(cue) / 32_000
    heard = seconds_of(answer.content, container=response_format)
    assert heard == pytest.approx(expected, abs=0.15)
    if response_format != "pcm":
        path = tmp_path / "speech"
        path.write_bytes(answer.content)
        label = read_label(path)
        assert label is not None
        assert label.produce_id == answer.response.headers["X-Asset-Id"]


def test_openai_hears_the_beginning_before_the_sentence_is_finished(
    client: openai.OpenAI, voice: Speaker, workers: Workers
) -> None:
    heard = threading.Event()

    def chunks() -> Iterator[bytes]:
        yield LOUD[0]
        assert heard.wait(20), "nobody heard the first chunk"
        yield LOUD[1]

    workers.chunks = chunks()
    with client.audio.speech.with_streaming_response.create(
        model="gpt-4o-mini-tts", voice={"id": voice.public_id}, input="你好。"
    ) as answer:
        sound = b""
        for chunk in answer.iter_bytes():
            sound += chunk
            heard.set()
    assert seconds_of(sound) > SECONDS


def test_openai_hears_events(client: openai.OpenAI, voice: Speaker) -> None:
    with client.audio.speech.with_streaming_response.create(
        model="tts-1",
        voice=voice.name,
        input="你好。",
        instructions="Cheerful.",
        response_format="pcm",
        stream_format="sse",
    ) as answer:
        assert "instructions" in answer.headers["Warning"]
        lines = [line for line in answer.iter_lines() if line]
    events = [json.loads(line.removeprefix("data: ")) for line in lines]
    assert [event["type"] for event in events[-2:]] == ["speech.audio.delta", "speech.audio.done"]
    sound = b"".join(base64.b64decode(event["audio"]) for event in events[:-1])
    assert seconds_of(sound, container="pcm") > SECONDS
    assert events[-1]["usage"]["input_tokens"] == len("你好。")


def test_openai_is_told_what_is_wrong(
    client: openai.OpenAI, voice: Speaker, workers: Workers
) -> None:
    import openai

    with pytest.raises(openai.NotFoundError, match="no such speaker") as missing:
        client.audio.speech.create(model="tts-1", voice="alloy", input="你好。")
    assert missing.value.code == "not_found"
    with pytest.raises(openai.UnprocessableEntityError) as wrong:
        client.audio.speech.create(model="tts-1", voice=voice.name, input="你好。", speed=9)
    assert wrong.value.param == "speed"
    workers.work, workers.chunks = finds_nothing_to_speak, ()
    with pytest.raises(openai.UnprocessableEntityError) as silent:
        client.audio.speech.create(model="tts-1", voice=voice.name, input="…")
    assert silent.value.code == "unspeakable_text"
    with pytest.raises(openai.AuthenticationError):
        client.with_options(api_key="sk-wrong").audio.speech.create(
            model="tts-1", voice="alloy", input="你好。"
        )


def test_openai_lists_the_voices_that_may_speak(client: openai.OpenAI, voice: Speaker) -> None:
    found: Any = client.get("/audio/voices", cast_to=object)
    assert [(row["id"], row["name"]) for row in found["data"]] == [(voice.public_id, voice.name)]


@pytest.mark.parametrize("output_format", ["mp3_44100_128", "opus_48000_32"])
def test_elevenlabs_converts_and_streams(
    eleven: ElevenLabs, voice: Speaker, cast: Cast, output_format: Any
) -> None:
    from elevenlabs.types import VoiceSettings

    for speak in (eleven.text_to_speech.convert, eleven.text_to_speech.stream):
        sound = b"".join(
            speak(
                voice.public_id,
                text="你好。",
                output_format=output_format,
                model_id="eleven_multilingual_v2",
                language_code="zh",
                seed=5,
                voice_settings=VoiceSettings(stability=0.5, speed=1.1),
            )
        )
        assert seconds_of(sound) >= 0.1
    with cast.alice.scope():
        asked = SynthesisRequest.objects.latest("pk")
    assert (asked.settings["seed"], asked.settings["speed"], asked.language) == (5, 1.1, "zh")


def test_elevenlabs_is_told_the_cost_and_what_had_no_effect(
    eleven: ElevenLabs, voice: Speaker
) -> None:
    speak = eleven.text_to_speech.with_raw_response.stream
    with speak(voice.public_id, text="你好。", output_format="ulaw_8000", model_id="x") as answer:
        sound = b"".join(answer.data)
    assert answer.headers["character-cost"] == "3"
    assert answer.headers["request-id"] == answer.headers["x-request-id"]
    assert "model_id" in answer.headers["warning"]
    assert len(sound) > 8_000 * SECONDS


def test_elevenlabs_is_told_when_each_character_is_heard(
    eleven: ElevenLabs, voice: Speaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    word = {"text": "你好", "start": 0, "end": 2, "start_ms": 100, "end_ms": 500}
    timed = {"sentences": [word | {"words": [word]}]}
    monkeypatch.setitem(factories.CAPTIONS, "json", timed)
    answer = eleven.text_to_speech.convert_with_timestamps(voice.public_id, text="你好。")
    assert seconds_of(base64.b64decode(answer.audio_base_64)) > 0
    assert answer.alignment is not None
    assert answer.alignment.characters == ["你", "好", "。"]
    assert answer.alignment.character_start_times_seconds == [0.1, 0.3, 0.5]
    assert answer.alignment.character_end_times_seconds == [0.3, 0.5, 0.5]


def test_elevenlabs_is_told_what_is_wrong(eleven: ElevenLabs, voice: Speaker) -> None:
    from elevenlabs.core import ApiError

    with pytest.raises(ApiError) as missing:
        list(eleven.text_to_speech.convert("nobody", text="你好。"))
    assert missing.value.status_code == 404
    assert missing.value.body["detail"]["status"] == "not_found"
