"""/v1/batches: up to a thousand lines in one request, with partial results and one archive."""

from __future__ import annotations

from typing import Any

from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from rest_framework import serializers

from voiceassets.api import archive, refusals
from voiceassets.api.declaration import Reply
from voiceassets.api.operations import Call, Endpoint, operation
from voiceassets.api.pages import Page, page
from voiceassets.api.shapes import PageQuery, Shape
from voiceassets.api.v1.speakers import SpeakerFilter, wanted_speaker
from voiceassets.api.v1.synthesis import Manner
from voiceassets.assets import batches, services
from voiceassets.assets.batches import MOST_LINES, Line
from voiceassets.assets.delivery import MAX_CHARACTERS, Delivery
from voiceassets.assets.models import AssetState, Batch, SynthesisRequest
from voiceassets.consent.terms import Use
from voiceassets.jobs.kinds import QUEUE_OF, JobKind
from voiceassets.jobs.waiting import in_queue
from voiceassets.registry import selectors as registry
from voiceassets.speakers import selectors as speakers
from voiceassets.tenants.permissions import Permission

USE = ("language", "territory", "channel", "commercial")
# It names a file of the archive, so it is no path and no hidden file.
LINE_ID = r"^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$"


class NewLine(Shape):
    id = serializers.RegexField(LINE_ID, help_text="Yours; it names the file in the archive.")
    text = serializers.CharField(max_length=MAX_CHARACTERS)


class NewBatch(Manner):
    name = serializers.CharField(max_length=120, default="", allow_blank=True)
    lines = serializers.ListField(child=NewLine(), min_length=1, max_length=MOST_LINES)


class LineList(PageQuery):
    state = serializers.ChoiceField(choices=AssetState.values, required=False)


class BatchOut(serializers.Serializer[Any]):
    id = serializers.CharField(source="public_id")
    name = serializers.CharField()
    speaker = serializers.CharField(source="speaker.public_id")
    format = serializers.CharField()
    state = serializers.SerializerMethodField(help_text="`running` until every line has ended.")
    lines = serializers.IntegerField(source="line_count")
    released = serializers.IntegerField(source="released_count")
    refused = serializers.IntegerField(source="refused_count")
    waiting = serializers.IntegerField(source="generating_count")
    created_at = serializers.DateTimeField()

    def get_state(self, batch: Any) -> str:
        return "running" if batch.generating_count else "ended"


class LineOut(serializers.Serializer[Any]):
    id = serializers.CharField(source="public_id")
    line = serializers.CharField(source="line_id", help_text="The id that you gave it.")
    state = serializers.CharField(source="asset.state")
    reason = serializers.CharField(source="asset.reason")
    asset = serializers.CharField(source="asset.public_id")
    job = serializers.CharField(source="job.public_id")
    duration_ms = serializers.IntegerField(source="asset.duration_ms", allow_null=True)


class Batches(Endpoint):
    @operation(
        "batches.list", Permission.ASSETS_READ, query=SpeakerFilter, answer=BatchOut, paged=True
    )
    def get(self, call: Call) -> Page:
        """The batches of voices you may know of, newest first."""
        rows, speaker = batches.batches(call.actor), wanted_speaker(call)
        return page(rows.filter(speaker=speaker) if speaker else rows, call.query)

    @operation(
        "batches.create",
        Permission.SYNTHESIS_CREATE,
        body=NewBatch,
        answer=BatchOut,
        status=202,
        location="/v1/batches/{id}",
        scoped=False,
    )
    def post(self, call: Call) -> HttpResponseBase:
        """Have a voice say many lines. All are accepted or none; each ends by itself."""
        asked = call.body
        with call.scope():
            voice = speakers.get_speaker(call.actor, asked["speaker"])
            version = asked.get("version")
            chosen = registry.get_version(call.actor, version) if version else None

        def refused(code: str) -> None:
            services.record_refusal(call.actor, speaker=voice, code=code)

        waiting = in_queue(QUEUE_OF[JobKind.SYNTHESIZE_BATCH])
        with refusals.effect_on_record(call, refused):
            waiting.require_room(call.tenant_id, more=len(asked["lines"]))
            batch = batches.request_batch(
                call.actor,
                name=asked["name"],
                speaker=voice,
                version=chosen,
                lines=[Line(**line) for line in asked["lines"]],
                use=Use(**{name: asked[name] for name in USE}),
                style=asked["style"],
                delivery=Delivery(**asked["settings"]),
                format=asked["format"],
            )
            shown = batches.get_batch(call.actor, batch.public_id)
            return call.answer(Reply(row=shown, headers={"Retry-After": "5"}))


class BatchDetail(Endpoint):
    @operation("batches.get", Permission.ASSETS_READ, answer=BatchOut)
    def get(self, call: Call, batch_id: str) -> Batch:
        """How many lines are spoken, refused, or wait."""
        return batches.get_batch(call.actor, batch_id)


class BatchLines(Endpoint):
    @operation("batches.lines", Permission.ASSETS_READ, query=LineList, answer=LineOut, paged=True)
    def get(self, call: Call, batch_id: str) -> Page:
        """Every line with its state; what is released can be fetched at once."""
        batch = batches.get_batch(call.actor, batch_id)
        return page(batches.lines_of(batch, state=call.query.get("state", "")), call.query)


class BatchCancel(Endpoint):
    @operation("batches.cancel", Permission.JOBS_CANCEL, answer=BatchOut)
    def post(self, call: Call, batch_id: str) -> Batch:
        """Stop the lines that have not ended; what is spoken stays."""
        batches.cancel_batch(call.actor, batch=batches.get_batch(call.actor, batch_id))
        return batches.get_batch(call.actor, batch_id)


class BatchArchive(Endpoint):
    @operation(
        "batches.archive", Permission.ASSETS_DOWNLOAD, scoped=False, media=("application/zip",)
    )
    def get(self, call: Call, batch_id: str) -> HttpResponseBase:
        """What is released so far in one ZIP, with a manifest; every download goes on record."""
        with call.scope():
            batch = batches.get_batch(call.actor, batch_id)
            lines: list[SynthesisRequest] = list(batches.lines_of(batch).order_by("id"))
        return StreamingHttpResponse(
            archive.packed(call, lines),
            content_type="application/zip",
            headers={"Content-Disposition": f'attachment; filename="{batch.public_id}.zip"'},
        )
