"""/v1/speakers/{id}/rights and its neighbours: what may be done with a voice, and who did what."""

from __future__ import annotations

import csv
from datetime import datetime
from typing import Any

from django.http.response import HttpResponse, HttpResponseBase
from rest_framework import serializers

from voiceassets.api.operations import Call, Endpoint, operation
from voiceassets.api.shapes import Shape
from voiceassets.assets import forecast, usage
from voiceassets.audit.chain import timestamp
from voiceassets.consent import rights
from voiceassets.consent.models import Purpose
from voiceassets.consent.terms import Use
from voiceassets.speakers import selectors as speakers
from voiceassets.tenants.permissions import Permission

CSV = "text/csv"


class RightsQuestion(Shape):
    """What is left out is not asked about; an empty word asks for a use that could be any."""

    on = serializers.DateTimeField(
        required=False, help_text="A time, or a date, which is its first moment; without it, now."
    )
    purpose = serializers.ChoiceField(choices=Purpose.values, default=Purpose.SYNTHESIZE.value)
    language = serializers.CharField(max_length=16, required=False, allow_blank=True)
    territory = serializers.CharField(max_length=8, required=False, allow_blank=True)
    channel = serializers.CharField(max_length=32, required=False, allow_blank=True)


class BetweenDates(Shape):
    until = serializers.DateTimeField()

    def get_fields(self) -> dict[str, Any]:
        return {
            "from": serializers.DateTimeField()
        } | super().get_fields()  # a word that Python keeps for itself


class Soon(Shape):
    days = serializers.IntegerField(min_value=1, max_value=3650, default=30)


class EvidenceOut(serializers.Serializer[Any]):
    """What the answer rests on; the person's name is with the consent itself."""

    consent = serializers.CharField(source="public_id")
    state = serializers.CharField()
    wording_version = serializers.CharField()
    evidence_sha256 = serializers.CharField()
    valid_from = serializers.DateTimeField()
    valid_until = serializers.DateTimeField(allow_null=True)


class RightsOut(serializers.Serializer[Any]):
    on = serializers.DateTimeField()
    purpose = serializers.CharField()
    allowed = serializers.BooleanField()
    code = serializers.CharField()
    message = serializers.CharField()
    until = serializers.DateTimeField(allow_null=True)
    evidence = EvidenceOut(source="consent", allow_null=True)


class CouldOut(serializers.Serializer[Any]):
    who = serializers.CharField()
    by = serializers.CharField()
    start = serializers.DateTimeField()
    end = serializers.DateTimeField(allow_null=True)


class DidOut(serializers.Serializer[Any]):
    who = serializers.CharField()
    actor = serializers.CharField()
    action = serializers.CharField()
    count = serializers.IntegerField()
    first_at = serializers.DateTimeField()
    last_at = serializers.DateTimeField()


class UsageOut(serializers.Serializer[Any]):
    consents = EvidenceOut(many=True)
    could = CouldOut(many=True)
    did = DidOut(many=True)


class LapseOut(serializers.Serializer[Any]):
    consent = serializers.CharField(source="consent.public_id")
    speaker = serializers.CharField(source="consent.speaker.public_id")
    ends_at = serializers.DateTimeField()
    renewed = serializers.BooleanField()
    live_assets = serializers.IntegerField()


class ForecastOut(serializers.Serializer[Any]):
    data = LapseOut(many=True)  # type: ignore[assignment]


class SpeakerRights(Endpoint):
    @operation("speakers.rights", Permission.SPEAKERS_READ, query=RightsQuestion, answer=RightsOut)
    def get(self, call: Call, speaker_id: str) -> rights.Verdict:
        """May this voice be used for this, on that day, past or future? With the evidence."""
        asked = call.query
        return rights.ask(
            call.actor,
            speaker=speakers.get_speaker(call.actor, speaker_id),
            purpose=asked["purpose"],
            use=Use(
                language=asked.get("language"),
                territory=asked.get("territory"),
                channel=asked.get("channel"),
            ),
            on=asked.get("on"),
        )


class SpeakerUsage(Endpoint):
    @operation("speakers.usage", Permission.AUDIT_READ, query=BetweenDates, answer=UsageOut)
    def get(self, call: Call, speaker_id: str) -> usage.Usage:
        """Who could use this voice between two dates, and who did."""
        return usage.usage(
            call.actor,
            speaker=speakers.get_speaker(call.actor, speaker_id),
            start=call.query["from"],
            end=call.query["until"],
        )


class SpeakerUsageTable(Endpoint):
    @operation("speakers.usage_table", Permission.AUDIT_READ, query=BetweenDates, media=(CSV,))
    def get(self, call: Call, speaker_id: str) -> HttpResponseBase:
        """The same as a table: a row for each right that somebody held, and for each use."""
        speaker = speakers.get_speaker(call.actor, speaker_id)
        found = usage.usage(
            call.actor, speaker=speaker, start=call.query["from"], end=call.query["until"]
        )
        name = f'attachment; filename="{speaker.public_id}-usage.csv"'
        answer = HttpResponse(content_type=CSV, headers={"Content-Disposition": name})
        table = csv.writer(answer)
        table.writerow(["what", "who", "by", "times", "from", "until"])
        for could in found.could:
            table.writerow(["could", could.who, could.by, "", *_spelled(could.start, could.end)])
        for did in found.did:
            span = _spelled(did.first_at, did.last_at)
            table.writerow([did.action, did.who, did.actor, did.count, *span])
        return answer


def _spelled(start: datetime, end: datetime | None) -> tuple[str, str]:
    return timestamp(start), timestamp(end) if end else ""


class Forecast(Endpoint):
    @operation("rights.forecast", Permission.CONSENTS_READ, query=Soon, answer=ForecastOut)
    def get(self, call: Call) -> dict[str, Any]:
        """The consents that end within so many days, and how much audio depends on each."""
        return {"data": forecast.lapsing(call.actor, days=call.query["days"])}
