"""/v1/versions/{id}/styles: giving a voice another style, and taking one away."""

from __future__ import annotations

from typing import Any

from django.http.response import HttpResponseBase
from rest_framework import serializers

from voiceassets.api import refusals
from voiceassets.api.declaration import Reply
from voiceassets.api.operations import Call, Endpoint, operation
from voiceassets.api.shapes import Id, Shape
from voiceassets.api.v1.jobs import JobOut, job_headers
from voiceassets.corpus import selectors as corpus
from voiceassets.corpus.models import STYLE_NAME
from voiceassets.registry import selectors, services
from voiceassets.registry.styles import MOST_CLIPS
from voiceassets.tenants.permissions import Permission


class NewStyle(Shape):
    name = serializers.RegexField(STYLE_NAME, help_text="A style of that name gets the new clips.")
    clips = serializers.ListField(
        child=Id("seg"),
        min_length=1,
        max_length=MOST_CLIPS,
        help_text="Segments of 3 to 10 s of the speaker's accepted recordings. The first gives the "
        "manner, and the mean of all the timbre.",
    )
    timbre_clips = serializers.ListField(
        child=Id("seg"),
        required=False,
        max_length=MOST_CLIPS,
        help_text="The timbre is the mean of these instead; of none, that of the default style.",
    )


class StyleOut(serializers.Serializer[Any]):
    name = serializers.CharField()
    clips = serializers.IntegerField()
    timbre_clips = serializers.IntegerField(help_text="How many of the clips give it its timbre.")
    duration_ms = serializers.IntegerField(help_text="Of all its clips.")


class Styles(Endpoint):
    @operation(
        "styles.add",
        Permission.FINETUNES_CREATE,
        body=NewStyle,
        answer=JobOut,
        status=202,
        scoped=False,
    )
    def post(self, call: Call, version_id: str) -> HttpResponseBase:
        """Make a version that also speaks like these clips; the job's result names the candidate.

        This version stays as it is. A refusal for want of consent is kept.
        """
        with call.scope():
            version = selectors.get_version(call.actor, version_id)
            clips = corpus.segments_named(call.actor, call.body["clips"])
            named = call.body.get("timbre_clips")
            timbre_clips = None if named is None else corpus.segments_named(call.actor, named)

        def refused(code: str) -> None:
            services.record_style_refusal(call.actor, version=version, code=code)

        with refusals.effect_on_record(call, refused):
            change = services.request_style(
                call.actor,
                version=version,
                name=call.body["name"],
                clips=clips,
                timbre_clips=timbre_clips,
            )
            return call.answer(Reply(row=change.job, headers=job_headers(change.job)))


class StyleDetail(Endpoint):
    @operation("styles.remove", Permission.FINETUNES_CREATE, answer=JobOut, status=202)
    def delete(self, call: Call, version_id: str, style: str) -> Reply:
        """Make a version without this style; the job's result names the candidate."""
        version = selectors.get_version(call.actor, version_id)
        change = services.request_removal(call.actor, version=version, name=style)
        return Reply(row=change.job, headers=job_headers(change.job))
