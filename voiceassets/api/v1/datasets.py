"""/v1/datasets: choices of a voice's segments, frozen for training."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from voiceassets.api.declaration import Reply
from voiceassets.api.operations import Call, Endpoint, operation
from voiceassets.api.pages import Page, page
from voiceassets.api.shapes import Id, Shape
from voiceassets.api.v1.jobs import JobOut, job_headers
from voiceassets.api.v1.speakers import SpeakerFilter, wanted_speaker
from voiceassets.corpus import selectors, services
from voiceassets.corpus.models import Dataset, DatasetState
from voiceassets.speakers import selectors as speakers
from voiceassets.tenants.permissions import Permission

MOST_RECORDINGS = 200
MINUTE_MS = 60_000


class DatasetList(SpeakerFilter):
    state = serializers.ChoiceField(choices=DatasetState.values, required=False)


class NewDataset(Shape):
    speaker = Id("spk")
    name = serializers.CharField(max_length=120)
    recordings = serializers.ListField(child=Id("rec"), min_length=1, max_length=MOST_RECORDINGS)
    target_ms = serializers.IntegerField(
        min_value=MINUTE_MS,
        max_value=600 * MINUTE_MS,
        required=False,
        help_text="Freezing keeps the cleanest, most varied segments up to so much sound.",
    )


class DatasetOut(serializers.Serializer[Any]):
    id = serializers.CharField(source="public_id")
    speaker = serializers.CharField(source="speaker.public_id")
    name = serializers.CharField()
    state = serializers.CharField()
    content_hash = serializers.CharField()
    clip_count = serializers.IntegerField()
    duration_ms = serializers.IntegerField()
    clips_by_language = serializers.DictField(child=serializers.IntegerField())
    target_ms = serializers.IntegerField(allow_null=True)
    coverage = serializers.DictField(
        allow_null=True, help_text="Phones and tones in the clips by language, once frozen."
    )
    failure = serializers.DictField(allow_null=True)
    job = JobOut(allow_null=True)
    created_at = serializers.DateTimeField()


class DecisionOut(serializers.Serializer[Any]):
    segment = serializers.CharField()
    is_chosen = serializers.BooleanField()
    reason = serializers.CharField()


class DatasetDetailOut(DatasetOut):
    selection = DecisionOut(
        many=True,
        allow_null=True,
        help_text="Why a segment of the recordings was chosen or left out; null when all are in.",
    )


class Datasets(Endpoint):
    @operation(
        "datasets.list",
        Permission.DATASETS_READ,
        query=DatasetList,
        answer=DatasetOut,
        paged=True,
    )
    def get(self, call: Call) -> Page:
        """The datasets of voices you may know of, newest first."""
        speaker, state = wanted_speaker(call), call.query.get("state", "")
        rows = selectors.datasets(call.actor, speaker=speaker, state=state)
        return page(rows.select_related("job"), call.query)

    @operation(
        "datasets.create",
        Permission.DATASETS_WRITE,
        body=NewDataset,
        answer=DatasetOut,
        status=201,
        location="/v1/datasets/{id}",
    )
    def post(self, call: Call) -> Dataset:
        """A draft of all usable segments of some accepted recordings of one voice."""
        return services.create_dataset(
            call.actor,
            speaker=speakers.get_speaker(call.actor, call.body["speaker"]),
            name=call.body["name"],
            recordings=[selectors.get_recording(call.actor, r) for r in call.body["recordings"]],
            target_ms=call.body.get("target_ms"),
        )


class DatasetDetail(Endpoint):
    @operation("datasets.get", Permission.DATASETS_READ, answer=DatasetDetailOut)
    def get(self, call: Call, dataset_id: str) -> Dataset:
        """One dataset."""
        return selectors.get_dataset(call.actor, dataset_id)


class DatasetFreeze(Endpoint):
    @operation("datasets.freeze", Permission.DATASETS_WRITE, answer=DatasetOut, status=202)
    def post(self, call: Call, dataset_id: str) -> Reply:
        """Have the draft written down as a content-hashed manifest; nothing changes it after."""
        dataset = selectors.get_dataset(call.actor, dataset_id)
        frozen = services.freeze(call.actor, dataset=dataset)
        return Reply(row=frozen, headers=job_headers(frozen.job))
