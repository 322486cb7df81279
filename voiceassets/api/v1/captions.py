"""/v1/synthesis/{id}/captions: when each sentence and word of released speech is heard."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from rest_framework import serializers

from voiceassets.api.operations import Call, Endpoint, operation
from voiceassets.api.shapes import Shape
from voiceassets.assets import selectors
from voiceassets.assets.models import AssetState
from voiceassets.core.errors import Conflict
from voiceassets.tenants.permissions import Permission

TEXT_TYPES = {"srt": "application/x-subrip", "vtt": "text/vtt"}


class WhichCaptions(Shape):
    format = serializers.ChoiceField(choices=(*TEXT_TYPES, "json"), default="json")


class WordOut(serializers.Serializer[Any]):
    text = serializers.CharField()
    start = serializers.IntegerField(help_text="Offset in the text as it was sent.")
    end = serializers.IntegerField()
    start_ms = serializers.IntegerField()
    end_ms = serializers.IntegerField()


class SentenceOut(WordOut):
    attempts = serializers.IntegerField()
    faults = serializers.ListField(child=serializers.CharField())
    note = serializers.CharField()
    timing = serializers.CharField(allow_null=True)
    words = WordOut(many=True)


class MarkOut(serializers.Serializer[Any]):
    name = serializers.CharField()
    at_ms = serializers.IntegerField()


class CaptionsOut(serializers.Serializer[Any]):
    duration_ms = serializers.IntegerField()
    sentences = SentenceOut(many=True)
    marks = MarkOut(many=True)
    unspoken = serializers.ListField(child=serializers.ListField())
    notes = serializers.ListField(child=serializers.CharField())


class Captions(Endpoint):
    @operation(
        "synthesis.captions",
        Permission.ASSETS_READ,
        query=WhichCaptions,
        answer=CaptionsOut,
        media=tuple(TEXT_TYPES.values()),
    )
    def get(self, call: Call, synthesis_id: str) -> dict[str, Any] | HttpResponse:
        """As SubRip or WebVTT, or every word and mark, by the clock of the released file."""
        asset = selectors.get_request(call.actor, synthesis_id).asset
        if asset.state != AssetState.RELEASED:
            raise Conflict(
                f"This asset is {asset.state}; only a released one has captions.",
                code="not_released",
                state=asset.state,
            )
        kind = call.query["format"]
        if not asset.captions:
            raise Conflict("This asset was made before captions were.", code="no_captions")
        if kind in TEXT_TYPES:
            content_type = f"{TEXT_TYPES[kind]}; charset=utf-8"
            return HttpResponse(asset.captions[kind], content_type=content_type)
        content: dict[str, Any] = asset.captions["json"]
        return content
