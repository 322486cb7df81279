"""/tts: the shape that GPT-SoVITS clients speak, behind the same gates as everything else.

The voice brings its own reference clips, so the fields that name them, and those that tune the
old server's internals, are taken and have no effect.
"""

from __future__ import annotations

import dataclasses
from contextlib import ExitStack
from typing import Any

from django.http.response import HttpResponseBase
from rest_framework import serializers

from voiceassets.api import speech
from voiceassets.api.operations import Call, Endpoint, operation
from voiceassets.api.shapes import Id
from voiceassets.api.slots import slot
from voiceassets.api.v1.synthesis import AUTO, DeliveryShape, request_of, setting
from voiceassets.assets.delivery import MAX_CHARACTERS, RANGES, Delivery
from voiceassets.assets.models import AudioFormat, SynthesisRequest
from voiceassets.core.errors import NotFound
from voiceassets.corpus.services import LANGUAGES
from voiceassets.speakers import selectors as speakers
from voiceassets.speakers.models import Speaker, SpeakerState
from voiceassets.tenants.permissions import Permission

RANDOM_SEED = -1
LANGUAGE_OF = {
    **{language: language for language in LANGUAGES},
    **{f"all_{language}": language for language in ("zh", "ja", "ko", "yue")},
    "auto_yue": AUTO,
}
DELIVERY = tuple(field.name for field in dataclasses.fields(Delivery))
WITHOUT_EFFECT = (
    "ref_audio_path",
    "aux_ref_audio_paths",
    "prompt_text",
    "prompt_lang",
    "text_split_method",
    "batch_size",
    "batch_threshold",
    "split_bucket",
    "fragment_interval",
    "parallel_infer",
    "sample_steps",
    "super_sampling",
    "overlap_length",
    "min_chunk_length",
)


class Streaming(serializers.BooleanField):
    """The old server's modes 1 to 3 differ in how they cut; here all of them stream."""

    TRUE_VALUES = serializers.BooleanField.TRUE_VALUES | {2, 3, "2", "3"}


class WithoutEffect(serializers.JSONField):
    pass


class TextToSpeech(DeliveryShape):
    speaker = Id("spk", max_length=120, help_text="A speaker's id or name.")
    text = serializers.CharField(max_length=MAX_CHARACTERS)
    text_lang = serializers.ChoiceField(choices=sorted(LANGUAGE_OF), default=AUTO)
    media_type = serializers.ChoiceField(choices=AudioFormat.values, default=AudioFormat.WAV.value)
    streaming_mode = Streaming(default=False)
    speed_factor = setting("speed")
    seed = serializers.IntegerField(
        min_value=RANDOM_SEED, max_value=int(RANGES["seed"][1]), default=RANDOM_SEED
    )

    def get_fields(self) -> dict[str, Any]:
        effectless = {name: WithoutEffect(required=False) for name in WITHOUT_EFFECT}
        return super().get_fields() | effectless

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["streaming_mode"] and attrs["media_type"] != AudioFormat.WAV:
            raise serializers.ValidationError("Streams are WAV; leave media_type out.")
        return attrs


class Tts(Endpoint):
    media = tuple(speech.MEDIA_TYPES.values())

    @operation(
        "tts.get",
        Permission.SYNTHESIS_CREATE,
        query=TextToSpeech,
        scoped=False,
        media=media,
    )
    def get(self, call: Call) -> HttpResponseBase:
        """Speak, and answer with the labelled audio."""
        return _speak(call, call.query)

    @operation(
        "tts.post",
        Permission.SYNTHESIS_CREATE,
        body=TextToSpeech,
        scoped=False,
        media=media,
    )
    def post(self, call: Call) -> HttpResponseBase:
        """Speak, and answer with the labelled audio."""
        return _speak(call, call.body)


def _speak(call: Call, asked: dict[str, Any]) -> HttpResponseBase:
    with ExitStack() as place:
        place.enter_context(slot())
        request = _request(call, asked)
        if asked["streaming_mode"]:
            return speech.live(call, request, place)
        ended = speech.wait(call, request.public_id, seconds=speech.LONGEST_WAIT_S)
    if ended is None:
        raise speech.StillSpeaking(
            "The audio is not ready yet; fetch the asset when its job has ended.",
            asset=request.asset.public_id,
        )
    return speech.audio(call, speech.require_released(ended).public_id)


def _request(call: Call, asked: dict[str, Any]) -> SynthesisRequest:
    with call.scope():
        voice = _voice(call, asked["speaker"])
    return request_of(
        call,
        voice,
        text=asked["text"],
        language=LANGUAGE_OF[asked["text_lang"]],
        format=asked["media_type"],
        settings=_settings(asked),
    )


def _voice(call: Call, wanted: str) -> Speaker:
    if wanted.startswith(f"{Speaker.PREFIX}_"):
        return speakers.get_speaker(call.actor, wanted)
    rows = speakers.speakers(call.actor, state=SpeakerState.ACTIVE)
    voice = rows.filter(name=wanted).first()
    if voice is None:
        raise NotFound("There is no such speaker.")
    return voice


def _settings(asked: dict[str, Any]) -> dict[str, Any]:
    settings = {name: asked[name] for name in DELIVERY if name in asked}
    if "speed_factor" in asked:
        settings["speed"] = asked["speed_factor"]
    if settings["seed"] == RANDOM_SEED:
        settings["seed"] = None
    return settings
