"""/v1/assets: the audio that was made."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework import serializers

from voiceassets.api import refusals, speech
from voiceassets.api.declaration import Reply
from voiceassets.api.operations import Call, Endpoint, operation
from voiceassets.api.pages import Page, page
from voiceassets.api.rows import One
from voiceassets.api.shapes import Shape
from voiceassets.api.v1.audit import ProofOut, SignedOut
from voiceassets.api.v1.jobs import JobOut, job_headers
from voiceassets.api.v1.speakers import SpeakerFilter, wanted_speaker
from voiceassets.api.v1.versions import EdgeOut
from voiceassets.assets import lineage, selectors, services
from voiceassets.assets.models import AssetState
from voiceassets.assets.rederivation import request_rederivation
from voiceassets.storage import presign
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


class NewLink(Shape):
    valid_for_s = serializers.IntegerField(min_value=10, max_value=3600, default=300)


class LinkOut(serializers.Serializer[Any]):
    url = serializers.CharField()
    expires_at = serializers.DateTimeField()


class SignedLineageOut(serializers.Serializer[Any]):
    data = EdgeOut(source="edges", many=True)  # type: ignore[assignment]
    statement = SignedOut()
    proofs = ProofOut(many=True)


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


class AssetRederive(Endpoint):
    @operation("assets.rederive", Permission.ASSETS_REDERIVE, answer=JobOut, status=202)
    def post(self, call: Call, asset_id: str) -> Reply:
        """Speak it again from its receipt: the job's `result` says `equal`, or where it differs.

        `difference` names the first sample that is another (or the first and the last it may be,
        `sample` and `within`), `largest` the widest gap in 16-bit steps, `facts` what of the
        receipt is not as it was. Nobody hears the sound.
        """
        asset = selectors.get_asset(call.actor, asset_id)
        job = request_rederivation(call.actor, asset=asset)
        return Reply(row=job, headers=job_headers(job))


class AssetLineage(Endpoint):
    @operation("assets.lineage", Permission.ASSETS_READ, answer=SignedLineageOut)
    def get(self, call: Call, asset_id: str) -> lineage.Lineage:
        """What the asset came from, as a graph and as a statement that the operator signs.

        Saved as it is, `python -m voiceassets.audit.verify FILE --key operator.pem` proves it
        without the platform. With `audit:read` it also holds the proofs that its events are in the
        log; one that is not under a checkpoint yet follows within a minute.
        """
        return lineage.lineage_of(call.actor, selectors.get_asset(call.actor, asset_id))


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


class AssetLink(Endpoint):
    @operation(
        "assets.link",
        Permission.ASSETS_DOWNLOAD,
        body=NewLink,
        answer=LinkOut,
        status=201,
        scoped=False,
        secret=True,
    )
    def post(self, call: Call, asset_id: str) -> HttpResponseBase:
        """A link to the released, labelled file that needs no key, such as for a player.

        Making it goes on record as a download. It ends with its time, and before that when a
        consent is revoked or the asset is erased.
        """
        with call.scope():
            asset = selectors.get_asset(call.actor, asset_id)

        def refused(code: str) -> None:
            services.record_download_refusal(call.actor, asset=asset, code=code)

        valid_for_s = call.body["valid_for_s"]
        with refusals.effect_on_record(call, refused):
            stored = services.download(call.actor, asset=asset)
            expires_at = timezone.now() + timedelta(seconds=valid_for_s)
            url = presign.download_url(
                stored,
                ttl_s=valid_for_s,
                file_name=f"{asset.public_id}.{asset.request.format}",
            )
            return call.answer({"url": url, "expires_at": expires_at})
