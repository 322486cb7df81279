"""/v1/finetunes: having a voice trained on a frozen dataset."""

from __future__ import annotations

from typing import Any

from django.http.response import HttpResponseBase
from rest_framework import serializers

from voiceassets.api import refusals
from voiceassets.api.declaration import Reply
from voiceassets.api.operations import Call, Endpoint, operation
from voiceassets.api.pages import Page, filtered, page
from voiceassets.api.shapes import Id, Shape
from voiceassets.api.v1.jobs import JobOut, job_headers
from voiceassets.api.v1.speakers import SpeakerFilter, wanted_speaker
from voiceassets.corpus import selectors as corpus
from voiceassets.jobs.models import JobState
from voiceassets.registry import selectors, training
from voiceassets.registry.models import FineTune
from voiceassets.registry.training import MAX_SEED, PRESETS, TrainingSettings
from voiceassets.speakers import selectors as speakers
from voiceassets.tenants.permissions import Permission


class TrainingShape(Shape):
    preset = serializers.ChoiceField(choices=PRESETS, default="auto")
    seed = serializers.IntegerField(min_value=0, max_value=MAX_SEED, default=1234)
    changes = serializers.DictField(
        default=dict,
        help_text="Settings by name that are to be other than the preset's, such as"
        " `semantic.lora_rank`: 8. A name that there is not is answered with those that there are.",
    )


class NewFineTune(Shape):
    speaker = Id("spk")
    dataset = Id("dts")
    settings = TrainingShape(default=dict)
    continues = Id("ver", required=False, help_text="A version of the voice, to go on from.")


class FineTuneList(SpeakerFilter):
    state = serializers.ChoiceField(choices=JobState.values, required=False, help_text="Its job's.")


class FineTuneOut(serializers.Serializer[Any]):
    id = serializers.CharField(source="public_id")
    speaker = serializers.CharField(source="speaker.public_id")
    dataset = serializers.CharField(source="dataset.public_id")
    consent = serializers.CharField(source="consent.public_id")
    settings = serializers.DictField()
    trial = serializers.BooleanField(help_text="It only asks what training would cost.")
    continues = serializers.CharField(source="continues.public_id", allow_null=True, default=None)
    version = serializers.CharField(source="version.public_id", allow_null=True, default=None)
    job = JobOut()
    created_at = serializers.DateTimeField()


class FineTunes(Endpoint):
    @operation(
        "finetunes.list",
        Permission.FINETUNES_READ,
        query=FineTuneList,
        answer=FineTuneOut,
        paged=True,
    )
    def get(self, call: Call) -> Page:
        """The fine-tunes of voices you may know of, newest first."""
        rows = selectors.finetunes(call.actor, speaker=wanted_speaker(call))
        return page(filtered(rows, call.query, state="job__state"), call.query)

    @operation(
        "finetunes.create",
        Permission.FINETUNES_CREATE,
        body=NewFineTune,
        answer=FineTuneOut,
        status=202,
        scoped=False,
    )
    def post(self, call: Call) -> HttpResponseBase:
        """Train the voice; follow the job at `Location`. A refusal for want of consent is kept.

        The job ends with `not_enough_memory` before it trains where the worker's machine has too
        little. Its result has the `version`, the `estimate`, and the memory that it took.
        """
        return _accepted(call, trial=False)


class FineTuneEstimates(Endpoint):
    @operation(
        "finetunes.estimate",
        Permission.FINETUNES_CREATE,
        body=NewFineTune,
        answer=FineTuneOut,
        status=202,
        scoped=False,
    )
    def post(self, call: Call) -> HttpResponseBase:
        """Say what training the voice would cost on the worker's machine, before it is asked for.

        The result of the job at `Location` has `seconds` and `steps` by stage, `total_s`,
        `peak_bytes` of memory, the machine's `available_bytes`, and whether it `fits`.
        """
        return _accepted(call, trial=True)


class FineTuneDetail(Endpoint):
    @operation("finetunes.get", Permission.FINETUNES_READ, answer=FineTuneOut)
    def get(self, call: Call, finetune_id: str) -> FineTune:
        """One fine-tune with its job, and its version once there is one."""
        return selectors.get_finetune(call.actor, finetune_id)


def _accepted(call: Call, *, trial: bool) -> HttpResponseBase:
    with call.scope():
        speaker = speakers.get_speaker(call.actor, call.body["speaker"])
        dataset = corpus.get_dataset(call.actor, call.body["dataset"])
        earlier = call.body.get("continues")
        continues = selectors.get_version(call.actor, earlier) if earlier else None

    def refused(code: str) -> None:
        training.record_refusal(call.actor, speaker=speaker, code=code)

    with refusals.effect_on_record(call, refused):
        finetune = training.request_finetune(
            call.actor,
            speaker=speaker,
            dataset=dataset,
            settings=TrainingSettings(**call.body["settings"]),
            continues=continues,
            trial=trial,
        )
        return call.answer(Reply(row=finetune, headers=job_headers(finetune.job)))
