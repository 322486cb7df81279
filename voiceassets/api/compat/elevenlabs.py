"""/v1/text-to-speech: what ElevenLabs' clients speak."""

from __future__ import annotations

import base64
from typing import Any

from django.http.response import HttpResponseBase
from rest_framework import serializers

from voiceassets.api import speech, wires
from voiceassets.api.compat import speaking
from voiceassets.api.compat.alignment import of_captions
from voiceassets.api.declaration import Reply
from voiceassets.api.operations import Call, Endpoint, operation
from voiceassets.api.problems import Problem
from voiceassets.api.shapes import Shape
from voiceassets.api.v1.synthesis import AUTO
from voiceassets.assets.delivery import MAX_CHARACTERS
from voiceassets.core.context import request_id
from voiceassets.corpus.services import LANGUAGES
from voiceassets.tenants.permissions import Permission

MP3_KBPS = {22_050: (32,), 24_000: (48,), 44_100: (32, 64, 96, 128, 192)}
PCM_HZ = (8_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
OPUS_KBPS = (32, 64, 96, 128, 192)
WIRES = {
    **{
        f"mp3_{rate_hz}_{kbps}": wires.mp3(rate_hz=rate_hz, bit_rate=kbps * 1000)
        for rate_hz, rates in MP3_KBPS.items()
        for kbps in rates
    },
    **{f"pcm_{rate_hz}": wires.raw(rate_hz=rate_hz) for rate_hz in PCM_HZ},
    **{f"opus_48000_{kbps}": wires.opus(bit_rate=kbps * 1000) for kbps in OPUS_KBPS},
    "ulaw_8000": wires.raw(codec="pcm_mulaw", rate_hz=8_000),
    "alaw_8000": wires.raw(codec="pcm_alaw", rate_hz=8_000),
}
DEFAULT_WIRE = "mp3_44100_128"
WITHOUT_EFFECT = (
    "model_id",
    "pronunciation_dictionary_locators",
    "previous_text",
    "next_text",
    "previous_request_ids",
    "next_request_ids",
    "apply_text_normalization",
    "apply_language_text_normalization",
    "use_pvc_as_ivc",
    "enable_logging",
    "optimize_streaming_latency",
)
QUERY_WITHOUT_EFFECT = ("enable_logging", "optimize_streaming_latency")
# What an answer without a file of its own says of the audio in it.
MEDIA = tuple(dict.fromkeys(wire.media_type for wire in WIRES.values()))


class VoiceSettings(Shape):
    """Only `speed` has an effect: the others belong to their models."""

    stability = serializers.FloatField(required=False, allow_null=True)
    similarity_boost = serializers.FloatField(required=False, allow_null=True)
    style = serializers.FloatField(required=False, allow_null=True)  # type: ignore[assignment]
    use_speaker_boost = serializers.BooleanField(required=False, allow_null=True)
    speed = serializers.FloatField(min_value=0.25, max_value=4.0, required=False, allow_null=True)


class Convert(Shape):
    text = serializers.CharField(max_length=MAX_CHARACTERS)
    language_code = serializers.ChoiceField(
        choices=LANGUAGES, required=False, allow_null=True, default=AUTO
    )
    voice_settings = VoiceSettings(required=False, allow_null=True)
    seed = serializers.IntegerField(
        min_value=0, max_value=2**32 - 1, required=False, allow_null=True
    )

    def get_fields(self) -> dict[str, Any]:
        known = super().get_fields()
        ignored = [name for name in WITHOUT_EFFECT if name not in QUERY_WITHOUT_EFFECT]
        return known | {
            name: serializers.JSONField(required=False, allow_null=True) for name in ignored
        }


class Output(Shape):
    output_format = serializers.ChoiceField(choices=list(WIRES), default=DEFAULT_WIRE)

    def get_fields(self) -> dict[str, Any]:
        ignored = {name: serializers.CharField(required=False) for name in QUERY_WITHOUT_EFFECT}
        return super().get_fields() | ignored


class DetailOut(serializers.Serializer[Any]):
    status = serializers.CharField()
    message = serializers.CharField()


class ElevenLabsProblem(Problem):
    """A refusal whose `detail` is the object that their clients read."""

    detail = DetailOut()  # type: ignore[assignment]


class ElevenLabs(Endpoint):
    problem = ElevenLabsProblem

    @staticmethod
    def refusal(problem: dict[str, Any]) -> dict[str, Any]:
        """The problem, its `detail` being the object that their clients read."""
        return problem | {"detail": {"status": problem["code"], "message": problem["detail"]}}


class TextToSpeech(ElevenLabs):
    @operation(
        "text_to_speech.convert",
        Permission.SYNTHESIS_CREATE,
        body=Convert,
        query=Output,
        scoped=False,
        media=MEDIA,
    )
    def post(self, call: Call, voice_id: str) -> HttpResponseBase:
        """Speak, and answer with the finished audio."""
        return _told(call, speaking.file(call, _wanted(call, voice_id)))


class TextToSpeechStream(ElevenLabs):
    @operation(
        "text_to_speech.stream",
        Permission.SYNTHESIS_CREATE,
        body=Convert,
        query=Output,
        scoped=False,
        media=MEDIA,
    )
    def post(self, call: Call, voice_id: str) -> HttpResponseBase:
        """Speak, and send the sound while it is made."""
        return _told(call, speaking.stream(call, _wanted(call, voice_id)))


class AlignmentOut(serializers.Serializer[Any]):
    characters = serializers.ListField(child=serializers.CharField(trim_whitespace=False))
    character_start_times_seconds = serializers.ListField(child=serializers.FloatField())
    character_end_times_seconds = serializers.ListField(child=serializers.FloatField())


class TimedOut(serializers.Serializer[Any]):
    audio_base64 = serializers.CharField()
    alignment = AlignmentOut(allow_null=True, help_text="Null where the voice tells no times.")
    normalized_alignment = AlignmentOut(allow_null=True, help_text="The same: of the text as sent.")


class TextToSpeechTimed(ElevenLabs):
    @operation(
        "text_to_speech.with_timestamps",
        Permission.SYNTHESIS_CREATE,
        body=Convert,
        query=Output,
        answer=TimedOut,
        scoped=False,
    )
    def post(self, call: Call, voice_id: str) -> HttpResponseBase:
        """Speak, and answer with the finished audio and when each character is heard."""
        wanted = _wanted(call, voice_id)
        asset = speaking.finished(call, wanted)
        taken = speech.take(call, asset.public_id)
        encoded = base64.b64encode(speech.audio_bytes(taken, wire=wanted.wire))
        with call.scope():
            aligned = of_captions(asset.request.text, asset.captions.get("json", {}))
        timed = {
            "audio_base64": encoded.decode(),
            "alignment": aligned,
            "normalized_alignment": aligned,
        }
        answer = call.present(Reply(row=timed))
        for name, value in speech.audio_headers(taken.asset, taken.label, wanted.wire).items():
            answer[name] = value
        return _told(call, answer)


def _wanted(call: Call, voice_id: str) -> speaking.Wanted:
    asked = call.body
    settings = {"seed": asked.get("seed")}
    speed = (asked.get("voice_settings") or {}).get("speed")
    if speed is not None:
        settings["speed"] = speed
    return speaking.Wanted(
        voice=voice_id,
        text=asked["text"],
        wire=WIRES[call.query["output_format"]],
        language=asked["language_code"] or AUTO,
        settings=settings,
    )


def _told(call: Call, response: HttpResponseBase) -> HttpResponseBase:
    """The answer with their headers, and with what had no effect."""
    response["request-id"] = request_id.get()
    response["character-cost"] = response["X-Character-Cost"]
    given = {name for name in (call.body | call.query) if name in WITHOUT_EFFECT}
    ignored = call.body.get("voice_settings") or {}
    given |= {f"voice_settings.{name}" for name in ignored if name != "speed"}
    return speaking.without_effect(given)(response)
