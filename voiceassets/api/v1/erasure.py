"""/v1/speakers/{id}/erase and /holds: destroying what is known of a person, or forbidding that."""

from __future__ import annotations

from typing import Any

from django.http.response import HttpResponse, HttpResponseBase
from rest_framework import serializers

from voiceassets.api.operations import Call, Endpoint, operation
from voiceassets.api.pages import Page, page
from voiceassets.api.rows import one
from voiceassets.api.shapes import PageQuery, Shape
from voiceassets.api.v1.consents import PAGE_HEADERS, PDF, Reason, ReceiptOut, receipt_pdf
from voiceassets.api.v1.speakers import SpeakerOut
from voiceassets.consent import erasure, holds, receipts
from voiceassets.consent.erasure import Ground
from voiceassets.consent.models import LegalHold, Receipt
from voiceassets.speakers import selectors as speakers
from voiceassets.speakers.models import Speaker
from voiceassets.tenants.permissions import Permission


class NewErasure(Shape):
    ground = serializers.ChoiceField(
        choices=[ground.value for ground in Ground],
        help_text="By what right: the cases of GDPR, Article 17 (1).",
    )


class HoldList(PageQuery):
    standing = serializers.BooleanField(required=False, help_text="Or those that were lifted.")


class HoldOut(serializers.Serializer[Any]):
    id = serializers.CharField(source="public_id")
    speaker = serializers.CharField(source="speaker.public_id")
    reason = serializers.CharField()
    placed_by = serializers.CharField()
    placed_at = serializers.DateTimeField(source="created_at")
    lifted_by = serializers.CharField()
    lifted_at = serializers.DateTimeField(allow_null=True)


class SpeakerErase(Endpoint):
    @operation(
        "speakers.erase",
        Permission.SPEAKERS_ERASE,
        body=NewErasure,
        answer=SpeakerOut,
        status=202,
        location="/v1/speakers/{id}/erasure",
    )
    def post(self, call: Call, speaker_id: str) -> Speaker:
        """Destroy everything of this person, for good; ask for the receipt in a few seconds."""
        return erasure.request(
            call.actor,
            speaker=speakers.get_speaker(call.actor, speaker_id),
            ground=Ground(call.body["ground"]),
        )


class SpeakerErasure(Endpoint):
    @operation("speakers.erasure", Permission.CONSENTS_READ, answer=ReceiptOut)
    def get(self, call: Call, speaker_id: str) -> Receipt:
        """The signed receipt of an erasure: what was deleted, what is kept, and why."""
        return receipts.of_erasure(speakers.get_speaker(call.actor, speaker_id))


class SpeakerErasurePage(Endpoint):
    @operation("speakers.erasure_page", Permission.CONSENTS_READ, media=("text/html",))
    def get(self, call: Call, speaker_id: str) -> HttpResponseBase:
        """The same receipt as one page to print."""
        receipt = receipts.of_erasure(speakers.get_speaker(call.actor, speaker_id))
        return HttpResponse(receipts.page(receipt), headers=PAGE_HEADERS)


class SpeakerErasurePdf(Endpoint):
    @operation("speakers.erasure_pdf", Permission.CONSENTS_READ, media=(PDF,))
    def get(self, call: Call, speaker_id: str) -> HttpResponseBase:
        """The same receipt as a PDF."""
        return receipt_pdf(receipts.of_erasure(speakers.get_speaker(call.actor, speaker_id)))


class Holds(Endpoint):
    @operation("holds.list", Permission.HOLDS_READ, query=HoldList, answer=HoldOut, paged=True)
    def get(self, call: Call, speaker_id: str) -> Page:
        """The legal holds on a voice, lifted ones too, newest first."""
        speaker = speakers.get_speaker(call.actor, speaker_id)
        rows = holds.of_speaker(call.actor, speaker).select_related("speaker")
        if "standing" in call.query:
            rows = rows.filter(lifted_at__isnull=call.query["standing"])
        return page(rows, call.query)

    @operation("holds.place", Permission.HOLDS_WRITE, body=Reason, answer=HoldOut, status=201)
    def post(self, call: Call, speaker_id: str) -> LegalHold:
        """Forbid that anything of this voice is erased, until the hold is lifted."""
        speaker = speakers.get_speaker(call.actor, speaker_id)
        return holds.place(call.actor, speaker=speaker, reason=call.body["reason"])


class HoldLift(Endpoint):
    @operation("holds.lift", Permission.HOLDS_WRITE, answer=HoldOut)
    def post(self, call: Call, speaker_id: str, hold_id: str) -> LegalHold:
        """Take a hold back."""
        speaker = speakers.get_speaker(call.actor, speaker_id)
        hold = one(holds.of_speaker(call.actor, speaker), hold_id)
        return holds.lift(call.actor, hold=hold)
