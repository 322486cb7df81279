"""/v1/no-go: voices that a tenant will not take in, and appeals, which two people sign."""

from __future__ import annotations

from typing import Any

from django.http.response import HttpResponseBase
from rest_framework import serializers

from voiceassets.api.intake import kept
from voiceassets.api.operations import Call, Endpoint, operation
from voiceassets.api.pages import Page, filtered, page
from voiceassets.api.parsers import UploadParser
from voiceassets.api.rows import one
from voiceassets.api.shapes import Id, PageQuery, Shape
from voiceassets.corpus.inspection import inspect
from voiceassets.speakers import access
from voiceassets.speakers import selectors as speakers
from voiceassets.storage.models import Purpose
from voiceassets.tenants.permissions import Permission
from voiceassets.voiceprints import selectors, services
from voiceassets.voiceprints.models import Appeal, AppealState, NoGoState


class NoGoList(PageQuery):
    state = serializers.ChoiceField(choices=NoGoState.values, required=False)


class AppealList(PageQuery):
    state = serializers.ChoiceField(choices=AppealState.values, required=False)


class NewNoGo(Shape):
    name = serializers.CharField(max_length=120)
    reason = serializers.CharField(max_length=2000)
    file = serializers.FileField(
        use_url=False, help_text="A few seconds of the voice; erased once its voiceprint was taken."
    )


class NewAppeal(Shape):
    reason = serializers.CharField(max_length=2000)
    speaker = Id("spk", required=False, help_text="For this voice only; else for everybody.")


class NoGoOut(serializers.Serializer[Any]):
    id = serializers.CharField(source="public_id")
    name = serializers.CharField()
    reason = serializers.CharField()
    state = serializers.CharField()
    failure = serializers.DictField(allow_null=True)
    job = serializers.CharField(source="job.public_id")
    created_at = serializers.DateTimeField()


class AppealOut(serializers.Serializer[Any]):
    id = serializers.CharField(source="public_id")
    no_go = serializers.CharField(source="voice.public_id")
    speaker = serializers.CharField(source="speaker.public_id", default=None, allow_null=True)
    reason = serializers.CharField()
    state = serializers.CharField()
    opened_by = serializers.CharField(source="opened_by.public_id")
    first_signer = serializers.CharField(
        source="first_signer.public_id", default=None, allow_null=True
    )
    second_signer = serializers.CharField(
        source="second_signer.public_id", default=None, allow_null=True
    )
    created_at = serializers.DateTimeField()


class LikenessOut(serializers.Serializer[Any]):
    speaker = serializers.CharField(source="speaker.public_id")
    score = serializers.FloatField(help_text="A cosine; 1 is the same.")


class LikenessesOut(serializers.Serializer[Any]):
    data = LikenessOut(many=True)  # type: ignore[assignment]


class RevokedOut(serializers.Serializer[Any]):
    voiceprints = serializers.IntegerField(help_text="How many there were.")


class NoGoVoices(Endpoint):
    parser_classes = (UploadParser,)

    @operation("no_go.list", Permission.NO_GO_READ, query=NoGoList, answer=NoGoOut, paged=True)
    def get(self, call: Call) -> Page:
        """The voices that are refused here, newest first."""
        return page(filtered(selectors.no_go_voices(call.actor), call.query, "state"), call.query)

    @operation(
        "no_go.add",
        Permission.NO_GO_WRITE,
        body=NewNoGo,
        answer=NoGoOut,
        status=201,
        location="/v1/no-go/{id}",
        scoped=False,
    )
    def post(self, call: Call) -> HttpResponseBase:
        """Refuse a voice from now on: in recordings, and in training."""
        sent = call.body["file"]
        inspect(sent.path, name=sent.name)
        with (
            kept(call, sent.path, purpose=Purpose.OTHER, content_type=sent.content_type) as (
                stored,
                written,
            ),
            call.effect(),
        ):
            entry = services.add(
                call.actor,
                name=call.body["name"],
                reason=call.body["reason"],
                clip=stored,
                written=written,
            )
            return call.answer(entry)


class NoGoDetail(Endpoint):
    @operation("no_go.get", Permission.NO_GO_READ, answer=NoGoOut)
    def get(self, call: Call, no_go_id: str) -> Any:
        """One entry."""
        return one(selectors.no_go_voices(call.actor), no_go_id)


class NoGoAppeals(Endpoint):
    @operation(
        "no_go.appeals.list",
        Permission.NO_GO_READ,
        query=AppealList,
        answer=AppealOut,
        paged=True,
    )
    def get(self, call: Call, no_go_id: str) -> Page:
        """The appeals against one entry, newest first."""
        entry = one(selectors.no_go_voices(call.actor), no_go_id)
        rows = selectors.appeals(call.actor).filter(voice=entry)
        return page(filtered(rows, call.query, "state"), call.query)

    @operation(
        "no_go.appeals.open", Permission.NO_GO_WRITE, body=NewAppeal, answer=AppealOut, status=201
    )
    def post(self, call: Call, no_go_id: str) -> Appeal:
        """Say that an entry should not stand, for one voice or at all."""
        entry = one(selectors.no_go_voices(call.actor), no_go_id)
        wanted = call.body.get("speaker")
        speaker = speakers.get_speaker(call.actor, wanted) if wanted else None
        return services.appeal(call.actor, entry=entry, reason=call.body["reason"], speaker=speaker)


class AppealSign(Endpoint):
    @operation("appeals.sign", Permission.NO_GO_SIGN, answer=AppealOut)
    def post(self, call: Call, appeal_id: str) -> Appeal:
        """Agree; the second of two people who agree grants the appeal."""
        return services.sign(call.actor, appeal=one(selectors.appeals(call.actor), appeal_id))


class AppealDeny(Endpoint):
    @operation("appeals.deny", Permission.NO_GO_SIGN, answer=AppealOut)
    def post(self, call: Call, appeal_id: str) -> Appeal:
        """Let the entry stand."""
        return services.deny(call.actor, appeal=one(selectors.appeals(call.actor), appeal_id))


class SpeakerLikenesses(Endpoint):
    @operation("speakers.likenesses", Permission.RECORDINGS_READ, answer=LikenessesOut)
    def get(self, call: Call, speaker_id: str) -> dict[str, Any]:
        """Other voices that you may know of and that sound like this one: the same person twice?"""
        speaker = speakers.get_speaker(call.actor, speaker_id)
        known = set(access.visible(call.actor).values_list("pk", flat=True))
        found = services.likenesses_of(speaker)
        return {"data": [likeness for likeness in found if likeness.speaker.pk in known]}


class SpeakerVoiceprint(Endpoint):
    @operation("speakers.voiceprint.revoke", Permission.SPEAKERS_WRITE, answer=RevokedOut)
    def delete(self, call: Call, speaker_id: str) -> dict[str, int]:
        """Forget what this voice is like; new recordings bring it back."""
        speaker = speakers.get_speaker(call.actor, speaker_id)
        access.require(call.actor, speaker, "manage")
        return {"voiceprints": services.revoke_voiceprint(call.actor, speaker=speaker)}
