"""/v1/versions: trained voices, their approval, retirement and lineage."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from rest_framework import serializers

from voiceassets.api.declaration import Reply
from voiceassets.api.operations import Call, Endpoint, operation
from voiceassets.api.pages import Page, filtered, page
from voiceassets.api.shapes import PageQuery, Shape
from voiceassets.api.v1.jobs import JobOut, job_headers
from voiceassets.api.v1.speakers import SpeakerFilter, wanted_speaker
from voiceassets.api.v1.styles import StyleOut
from voiceassets.registry import lineage, selectors, services
from voiceassets.registry.lineage import Direction
from voiceassets.registry.models import ModelVersion, Occasion, VersionState
from voiceassets.storage import services as storage
from voiceassets.tenants.permissions import Permission

# The page holds its pictures and sounds in itself and runs nothing.
REPORT_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; media-src data:; sandbox"
    ),
    "X-Content-Type-Options": "nosniff",
}


class VersionList(SpeakerFilter):
    state = serializers.ChoiceField(choices=VersionState.values, required=False)


class Judgement(Shape):
    reason = serializers.CharField(max_length=2000, allow_blank=True, default="")
    override = serializers.CharField(
        max_length=2000,
        allow_blank=True,
        default="",
        help_text="Why a version is promoted that is worse than before, or was not compared.",
    )


class Rejection(Shape):
    reason = serializers.CharField(max_length=2000)


class LineageQuery(Shape):
    direction = serializers.ChoiceField(
        choices=[d.value for d in Direction], default=Direction.UP.value
    )


class VersionOut(serializers.Serializer[Any]):
    id = serializers.CharField(source="public_id")
    speaker = serializers.CharField(source="voice_model.speaker.public_id")
    number = serializers.IntegerField()
    state = serializers.CharField()
    dataset = serializers.CharField(source="dataset.public_id")
    dataset_hash = serializers.CharField()
    consent = serializers.CharField(source="consent.public_id")
    base = serializers.CharField(source="base.name")
    base_hash = serializers.CharField()
    bundle_hash = serializers.CharField()
    code_version = serializers.CharField()
    metrics = serializers.DictField()
    mlflow_run_id = serializers.CharField()
    styles = StyleOut(many=True, allow_null=True)
    created_at = serializers.DateTimeField()


class FallOut(serializers.Serializer[Any]):
    measure = serializers.CharField()
    before = serializers.FloatField()
    now = serializers.FloatField()
    tolerated = serializers.FloatField()


class EvaluationList(PageQuery):
    occasion = serializers.ChoiceField(choices=Occasion.values, required=False)


class EvaluationOut(serializers.Serializer[Any]):
    id = serializers.CharField(source="public_id")
    occasion = serializers.CharField(source="name")
    metrics = serializers.DictField()
    falls = FallOut(many=True)
    against = serializers.CharField(source="against.public_id", allow_null=True, default=None)
    created_at = serializers.DateTimeField()


class NodeOut(serializers.Serializer[Any]):
    type = serializers.CharField()
    id = serializers.CharField()


class EdgeOut(serializers.Serializer[Any]):
    source = NodeOut()  # type: ignore[assignment]
    target = NodeOut()
    role = serializers.CharField()
    depth = serializers.IntegerField()


class LineageOut(serializers.Serializer[Any]):
    data = EdgeOut(many=True)  # type: ignore[assignment]


class Versions(Endpoint):
    @operation(
        "versions.list", Permission.VERSIONS_READ, query=VersionList, answer=VersionOut, paged=True
    )
    def get(self, call: Call) -> Page:
        """The versions of voices you may know of, newest first."""
        speaker, state = wanted_speaker(call), call.query.get("state", "")
        return page(selectors.versions(call.actor, speaker=speaker, state=state), call.query)


class VersionDetail(Endpoint):
    @operation("versions.get", Permission.VERSIONS_READ, answer=VersionOut)
    def get(self, call: Call, version_id: str) -> ModelVersion:
        """One version: what it was trained from, and whether it may speak."""
        return selectors.get_version(call.actor, version_id)


class VersionApprove(Endpoint):
    @operation("versions.approve", Permission.VERSIONS_APPROVE, body=Judgement, answer=VersionOut)
    def post(self, call: Call, version_id: str) -> ModelVersion:
        """Let the version speak for its voice; somebody other than the requester decides."""
        version = selectors.get_version(call.actor, version_id)
        return services.approve(call.actor, version=version, **call.body)


class VersionReject(Endpoint):
    @operation("versions.reject", Permission.VERSIONS_APPROVE, body=Rejection, answer=VersionOut)
    def post(self, call: Call, version_id: str) -> ModelVersion:
        """Refuse a candidate for good."""
        version = selectors.get_version(call.actor, version_id)
        return services.reject(call.actor, version=version, **call.body)


class VersionRetire(Endpoint):
    @operation("versions.retire", Permission.VERSIONS_RETIRE, answer=VersionOut)
    def post(self, call: Call, version_id: str) -> ModelVersion:
        """Stop the approved version from speaking; it may be approved again."""
        version = selectors.get_version(call.actor, version_id)
        return services.retire(call.actor, version=version)


class VersionEvaluations(Endpoint):
    @operation(
        "evaluations.list",
        Permission.VERSIONS_READ,
        query=EvaluationList,
        answer=EvaluationOut,
        paged=True,
    )
    def get(self, call: Call, version_id: str) -> Page:
        """How the version spoke the fixed sentences, newest first; what fell raised an alert."""
        version = selectors.get_version(call.actor, version_id)
        rows = selectors.evaluations(call.actor, version)
        return page(filtered(rows, call.query, occasion="name"), call.query)

    @operation("evaluations.create", Permission.VERSIONS_APPROVE, answer=JobOut, status=202)
    def post(self, call: Call, version_id: str) -> Reply:
        """Have it speak them now, beside the version in use if that is another."""
        version = selectors.get_version(call.actor, version_id)
        job = services.request_evaluation(call.actor, version=version)
        return Reply(row=job, headers=job_headers(job))


class VersionReport(Endpoint):
    @operation("evaluations.report", Permission.VERSIONS_READ, scoped=False, media=("text/html",))
    def get(self, call: Call, version_id: str) -> HttpResponseBase:
        """The page of the newest evaluation: curves, scores, spectrograms and sounds."""
        with call.scope():
            version = selectors.get_version(call.actor, version_id)
            report = selectors.get_report(call.actor, version)
        with storage.open_object(report) as file:
            return HttpResponse(file.read(), headers=REPORT_HEADERS)


class VersionLineage(Endpoint):
    @operation("versions.lineage", Permission.VERSIONS_READ, query=LineageQuery, answer=LineageOut)
    def get(self, call: Call, version_id: str) -> dict[str, Any]:
        """What the version was made from (`up`), or what was made from it (`down`)."""
        version = selectors.get_version(call.actor, version_id)
        direction = Direction(call.query["direction"])
        return {"data": lineage.walk(version.public_id, direction)}
