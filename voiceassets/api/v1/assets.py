"""/v1/assets: the audio that was made."""

from __future__ import annotations

from typing import Any

from django.http.response import HttpResponseBase
from rest_framework import serializers

from voiceassets.api import speech
from voiceassets.api.operations import Call, Endpoint, operation
from voiceassets.api.pages import Page, page
from voiceassets.api.rows import One
from voiceassets.api.v1.speakers import SpeakerFilter, wanted_speaker
from voiceassets.assets import selectors, services
from voiceassets.assets.models import AssetState
from voiceassets.tenants.permissions import Permission


class AssetList(SpeakerFilter):
    state = serializers.ChoiceField(choices=AssetState.values, required=False)


class AssetOut(serializers.Serializer[Any]):
    id = serializers.CharField(source="public_id")
    synthesis = serializers.CharField(source="request.public_id")
    speaker = serializers.CharField(source="request.speaker.public_id")
    version = serializers.CharField(source="request.version.public_id")
    format = serializers.CharField(source="request.format")
    state = serializers.CharField()
    reason = serializers.CharField()
    duration_ms = serializers.IntegerField(allow_null=True)
    sample_rate_hz = serializers.IntegerField(allow_null=True)
    seed = serializers.IntegerField(allow_null=True)
    pcm_sha256 = serializers.CharField()
    sha256 = serializers.CharField(source="object.sha256", default=None, allow_null=True)
    size_bytes = serializers.IntegerField(source="object.size_bytes", default=None, allow_null=True)
    released_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class AssetDetailOut(AssetOut):
    labels = serializers.DictField(source="manifest.labels", default=None, allow_null=True)


class Assets(Endpoint):
    @operation("assets.list", Permission.ASSETS_READ, query=AssetList, answer=AssetOut, paged=True)
    def get(self, call: Call) -> Page:
        """The audio of voices you may know of, newest first."""
        speaker, state = wanted_speaker(call), call.query.get("state", "")
        return page(selectors.assets(call.actor, speaker=speaker, state=state), call.query)


class AssetDetail(Endpoint):
    @operation("assets.get", Permission.ASSETS_READ, answer=AssetDetailOut)
    def get(self, call: Call, asset_id: str) -> One:
        """One asset with the labels its file carries."""
        return One(rows=selectors.assets(call.actor), public_id=asset_id)

    @operation("assets.delete", Permission.ASSETS_DELETE, status=204)
    def delete(self, call: Call, asset_id: str) -> None:
        """Erase the audio; the record of what was said, and by what right, stays."""
        services.delete_asset(call.actor, asset=selectors.get_asset(call.actor, asset_id))


class AssetAudio(Endpoint):
    @operation(
        "assets.download",
        Permission.ASSETS_DOWNLOAD,
        scoped=False,
        media=tuple(speech.MEDIA_TYPES.values()),
    )
    def get(self, call: Call, asset_id: str) -> HttpResponseBase:
        """The released, labelled file; the download goes on record."""
        return speech.audio(speech.take(call, asset_id))
