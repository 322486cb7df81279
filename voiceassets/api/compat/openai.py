"""/v1/audio: what OpenAI's clients speak.

`model` may name a version of the voice; the names of OpenAI's own models all mean the approved one.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Generator
from typing import Any

from django.http.response import HttpResponseBase
from rest_framework import serializers

from voiceassets.api import wires
from voiceassets.api.compat import speaking
from voiceassets.api.operations import Call, Endpoint, operation
from voiceassets.api.pages import Page, page
from voiceassets.api.problems import Problem
from voiceassets.api.shapes import Id, Shape
from voiceassets.api.v1.speakers import VoiceList, named
from voiceassets.api.v1.styles import StyleOut
from voiceassets.api.v1.synthesis import AUTO
from voiceassets.core.errors import NotFound
from voiceassets.corpus.models import DEFAULT_STYLE
from voiceassets.corpus.services import LANGUAGES
from voiceassets.registry import selectors as registry
from voiceassets.registry.models import ModelVersion
from voiceassets.speakers import selectors as speakers
from voiceassets.speakers.models import SpeakerState
from voiceassets.tenants.permissions import Permission

MAX_CHARACTERS = 4096
MODELS = ("tts-1", "tts-1-hd", "gpt-4o-mini-tts")
# Their clients take raw samples for 24 kHz.
RAW_HZ = 24_000
WIRES = {
    "mp3": wires.MP3,
    "opus": wires.OPUS,
    "aac": wires.AAC,
    "flac": wires.FLAC,
    "wav": wires.WAV,
    "pcm": wires.raw(rate_hz=RAW_HZ),
}
ERROR_TYPES = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}


class VoiceField(Id):
    """A voice as a string, or as an object with its id."""

    def to_internal_value(self, data: Any) -> str:
        if isinstance(data, dict) and set(data) == {"id"}:
            data = data["id"]
        return super().to_internal_value(data)


class Speak(Shape):
    model = serializers.CharField(
        max_length=64, help_text=f"{', '.join(MODELS)}, or the id of a version."
    )
    voice = VoiceField("spk", max_length=120, help_text="A speaker's id or name.")
    input = serializers.CharField(max_length=MAX_CHARACTERS)
    instructions = serializers.CharField(
        required=False, allow_blank=True, help_text="Taken, and without effect."
    )
    response_format = serializers.ChoiceField(choices=list(WIRES), default="mp3")
    speed = serializers.FloatField(min_value=0.25, max_value=4.0, default=1.0)
    stream_format = serializers.ChoiceField(choices=["audio", "sse"], default="audio")
    language = serializers.ChoiceField(
        choices=LANGUAGES, default=AUTO, help_text="Not one of OpenAI's: the text's language."
    )
    style = serializers.CharField(  # type: ignore[assignment]
        max_length=64, default=DEFAULT_STYLE, help_text="Nor this: one of the voice's styles."
    )


class VoiceOut(serializers.Serializer[Any]):
    id = serializers.CharField(source="public_id")
    object = serializers.CharField(default="audio.voice")
    name = serializers.CharField()
    created_at = serializers.SerializerMethodField()
    styles = StyleOut(many=True, allow_null=True)

    def get_created_at(self, row: Any) -> int:
        return int(row.created_at.timestamp())


class ErrorOut(serializers.Serializer[Any]):
    message = serializers.CharField()
    type = serializers.CharField()
    param = serializers.CharField(allow_null=True)
    code = serializers.CharField()


class OpenAIProblem(Problem):
    """A refusal with the `error` that their clients read."""

    error = ErrorOut()


class OpenAI(Endpoint):
    problem = OpenAIProblem

    @staticmethod
    def refusal(problem: dict[str, Any]) -> dict[str, Any]:
        """The problem, with the `error` that their clients read."""
        status = problem["status"]
        usual = "invalid_request_error" if status < 500 else "server_error"
        errors = problem.get("errors")
        error = {
            "message": problem["detail"],
            "type": ERROR_TYPES.get(status, usual),
            "param": errors[0]["pointer"].lstrip("/") if errors else None,
            "code": problem["code"],
        }
        return problem | {"error": error}


class Speech(OpenAI):
    @operation(
        "audio.speech",
        Permission.SYNTHESIS_CREATE,
        body=Speak,
        scoped=False,
        media=(*(wire.media_type for wire in WIRES.values()), "text/event-stream"),
    )
    def post(self, call: Call) -> HttpResponseBase:
        """Speak, and send the sound while it is made."""
        asked = call.body
        wanted = speaking.Wanted(
            voice=asked["voice"],
            text=asked["input"],
            wire=WIRES[asked["response_format"]],
            language=asked["language"],
            style=asked["style"],
            version=_version(asked["model"]),
            settings={"speed": asked["speed"]},
        )
        told = speaking.without_effect({"instructions"} & asked.keys())
        if asked["stream_format"] == "audio":
            return told(speaking.stream(call, wanted))
        characters = len(wanted.text)

        def frame(sound: Generator[bytes, None, None]) -> Generator[bytes, None, None]:
            return _events(sound, characters)

        return told(speaking.stream(call, wanted, frame=frame, media_type="text/event-stream"))


class Voices(OpenAI):
    @operation(
        "audio.voices", Permission.SPEAKERS_READ, query=VoiceList, answer=VoiceOut, paged=True
    )
    def get(self, call: Call) -> Page:
        """The voices you may know of with an approved version, and its styles; newest first."""
        rows = speakers.speakers(call.actor, state=SpeakerState.ACTIVE)
        return page(registry.speaking(named(call, rows)), call.query)


def _version(model: str) -> str:
    if model in MODELS:
        return ""
    if model.startswith(f"{ModelVersion.PREFIX}_"):
        return model
    raise NotFound(
        f"There is no such model. Write {', '.join(MODELS)}, or the id of a version.",
        code="model_not_found",
    )


def _events(sound: Generator[bytes, None, None], characters: int) -> Generator[bytes, None, None]:
    """The sound as server-sent events; their `usage` counts characters, the unit of cost here."""
    for chunk in sound:
        yield _event({"type": "speech.audio.delta", "audio": base64.b64encode(chunk).decode()})
    usage = {"input_tokens": characters, "output_tokens": 0, "total_tokens": characters}
    yield _event({"type": "speech.audio.done", "usage": usage})


def _event(data: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(data)}\n\n".encode()
