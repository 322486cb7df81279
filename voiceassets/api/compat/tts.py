"""/tts: the shape that GPT-SoVITS clients speak, behind the same gates as everything else.

A voice brings its own reference clips; a form may send another one (`ref_audio`) to speak like. The
fields that tune the old server's internals are taken, have no effect, and the answer says so; a
path on the server is refused, since it names a file that no caller should reach.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

from django.http.response import HttpResponseBase
from rest_framework import serializers

from voiceassets.api import wires
from voiceassets.api.compat import speaking
from voiceassets.api.deprecation import Deprecation
from voiceassets.api.operations import Call, Endpoint, operation
from voiceassets.api.parsers import LimitedJSONParser, UploadParser
from voiceassets.api.shapes import Id
from voiceassets.api.v1.synthesis import AUTO, DeliveryShape, setting
from voiceassets.assets.delivery import MAX_CHARACTERS, RANGES, Delivery
from voiceassets.corpus.services import LANGUAGES
from voiceassets.tenants.permissions import Permission

RANDOM_SEED = -1
LANGUAGE_OF = {
    **{language: language for language in LANGUAGES},
    **{f"all_{language}": language for language in ("zh", "ja", "ko", "yue")},
    "auto_yue": AUTO,
    "jp": "ja",
    "中文": "zh",
    "英文": "en",
    "日文": "ja",
    "韩文": "ko",
    "粤语": "yue",
    "多语种混合": AUTO,
    **{
        f"{word}英混合": language
        for word, language in (("中", "zh"), ("日", "ja"), ("韩", "ko"), ("粤", "yue"))
    },
}
WIRES = {
    "wav": wires.WAV,
    "raw": wires.RAW,
    "pcm": wires.RAW,
    "mp3": wires.MP3,
    "ogg": wires.OPUS,
    "aac": wires.AAC,
    "flac": wires.FLAC,
}
# Other clients' words for the same field.
ALIASES = {
    "spk": "speaker",
    "lang": "text_lang",
    "text_language": "text_lang",
    "speed_factor": "speed",
    "streaming": "streaming_mode",
}
SERVER_PATHS = ("ref_audio_path", "aux_ref_audio_paths", "refer_wav_path")
DELIVERY = tuple(field.name for field in dataclasses.fields(Delivery))
MAX_PROMPT_CHARACTERS = 500
# What is said about a clip, of which there may be none.
PROMPT = {"prompt_text", "prompt_lang"}
WITHOUT_EFFECT = (
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


class AnyCase(serializers.ChoiceField):
    def to_internal_value(self, data: Any) -> Any:
        return super().to_internal_value(data.lower() if isinstance(data, str) else data)


class WithoutEffect(serializers.JSONField):
    pass


class ServerPath(serializers.JSONField):
    """Always refused; a field of its own, so that the refusal can say what to send instead."""

    def to_internal_value(self, data: Any) -> Any:
        raise serializers.ValidationError(
            "Paths on the server are not read. Leave this out: the voice brings its own reference "
            "clips; or send a clip as `ref_audio` in a form.",
            code="server_path_refused",
        )


class TextToSpeech(DeliveryShape):
    deprecated: ClassVar = {
        "text_language": Deprecation(
            since=date(2026, 11, 23),
            sunset=date(2027, 11, 23),
            instead="A name of the oldest server's; send `text_lang` or `lang`.",
        )
    }

    speaker = Id("spk", max_length=120, help_text="A speaker's id or name; also `spk`.")
    text = serializers.CharField(max_length=MAX_CHARACTERS)
    text_lang = AnyCase(choices=list(LANGUAGE_OF), default=AUTO, help_text="Also `lang`.")
    text_language = AnyCase(choices=list(LANGUAGE_OF), required=False)
    media_type = AnyCase(choices=list(WIRES), default="wav")
    streaming_mode = Streaming(default=False, help_text="Also `streaming`.")
    speed = setting("speed", help_text="Also `speed_factor`.")
    text_split_method = serializers.RegexField(
        r"^cut[0-5]$", required=False, help_text="Taken, and without effect."
    )
    seed = serializers.IntegerField(
        min_value=RANDOM_SEED, max_value=int(RANGES["seed"][1]), default=RANDOM_SEED
    )

    prompt_text = serializers.CharField(
        max_length=MAX_PROMPT_CHARACTERS,
        required=False,
        allow_blank=True,
        help_text="What is said in the clip; without it the clip gives the timbre only.",
    )
    prompt_lang = AnyCase(choices=list(LANGUAGE_OF), required=False, allow_blank=True)

    def get_fields(self) -> dict[str, Any]:
        effectless = {name: WithoutEffect(required=False) for name in WITHOUT_EFFECT}
        paths = {name: ServerPath(required=False, help_text="Refused.") for name in SERVER_PATHS}
        return super().get_fields() | effectless | paths

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            sent = dict(data.items())
            for alias, name in ALIASES.items():
                if alias in sent and name in sent:
                    message = f"Send `{alias}` or `{name}`, not both."
                    raise serializers.ValidationError({alias: [message]}, code="sent_twice")
                if alias in sent:
                    sent[name] = sent.pop(alias)
            data = sent
        return super().to_internal_value(data)


class TextToSpeechForm(TextToSpeech):
    """The same with a file, which neither a query nor JSON can carry."""

    ref_audio = serializers.FileField(
        required=False,
        help_text="3 to 10 s to speak like, in a form. It has to be the speaker's own voice, and "
        "their consent has to cover `clone`.",
    )


class Tts(Endpoint):
    parser_classes = (LimitedJSONParser, UploadParser)
    media = tuple(dict.fromkeys(wire.media_type for wire in WIRES.values()))

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
        body=TextToSpeechForm,
        scoped=False,
        media=media,
    )
    def post(self, call: Call) -> HttpResponseBase:
        """Speak, and answer with the labelled audio."""
        return _speak(call, call.body)


def _speak(call: Call, asked: dict[str, Any]) -> HttpResponseBase:
    wanted = speaking.Wanted(
        voice=asked["speaker"],
        text=asked["text"],
        wire=WIRES[asked["media_type"]],
        language=LANGUAGE_OF[asked["text_lang"]],
        settings=_settings(asked),
        clip=_clip(asked),
    )
    ignored = {"text_split_method", *WITHOUT_EFFECT} & asked.keys()
    if wanted.clip is None:
        ignored |= PROMPT & asked.keys()
    tell = speaking.without_effect(ignored)
    if asked["streaming_mode"]:
        return tell(speaking.stream(call, wanted))
    return tell(speaking.file(call, wanted))


def _clip(asked: dict[str, Any]) -> speaking.UploadedClip | None:
    if "ref_audio" not in asked:
        return None
    return speaking.UploadedClip(
        file=asked["ref_audio"],
        transcript=asked.get("prompt_text", "").strip(),
        language=LANGUAGE_OF[asked.get("prompt_lang") or AUTO],
    )


def _settings(asked: dict[str, Any]) -> dict[str, Any]:
    settings = {name: asked[name] for name in DELIVERY if name in asked}
    if settings["seed"] == RANDOM_SEED:
        settings["seed"] = None
    return settings
