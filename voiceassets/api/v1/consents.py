"""/v1/consents: what each speaker has agreed to, the evidence, and taking it back."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from django.http.response import HttpResponse, HttpResponseBase
from rest_framework import serializers

from voiceassets.api.intake import kept
from voiceassets.api.operations import Call, Endpoint, operation
from voiceassets.api.pages import Page, page
from voiceassets.api.parsers import LimitedJSONParser, UploadParser
from voiceassets.api.shapes import Id, Shape, Words
from voiceassets.api.v1.speakers import SpeakerFilter, wanted_speaker
from voiceassets.consent import receipts, selectors, services
from voiceassets.consent.models import ConsentRecord, ConsentState, Purpose, Receipt
from voiceassets.consent.receipt_pdf import pdf
from voiceassets.consent.terms import MOST_NOTICE_DAYS, Terms
from voiceassets.speakers import access
from voiceassets.speakers import selectors as speakers
from voiceassets.storage.backends import Written
from voiceassets.storage.models import Purpose as FilePurpose
from voiceassets.storage.models import StoredObject
from voiceassets.tenants.permissions import Permission

TERMS = (
    "purposes",
    "languages",
    "territories",
    "channels",
    "valid_from",
    "valid_until",
    "notice_days",
)

PDF = "application/pdf"
PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
}


class ConsentList(SpeakerFilter):
    state = serializers.ChoiceField(choices=ConsentState.values, required=False)


class NewConsent(Shape):
    speaker = Id("spk")
    person_name = serializers.CharField(max_length=200)
    purposes = Words(choices=Purpose.values)
    languages = Words(default=list)
    territories = Words(default=list)
    channels = Words(default=list)
    valid_from = serializers.DateTimeField(required=False)
    valid_until = serializers.DateTimeField(required=False)
    notice_days = serializers.IntegerField(min_value=0, max_value=MOST_NOTICE_DAYS, default=0)
    supersedes = Id("cns", required=False, help_text="The consent that this one renews.")
    wording = serializers.CharField(max_length=20_000)
    wording_version = serializers.CharField(max_length=32, default="1")
    evidence = serializers.FileField(
        use_url=False,
        required=False,
        help_text="The signed form or the spoken agreement (multipart); without it the consent "
        "waits as `pending`.",
    )


class NewEvidence(Shape):
    evidence = serializers.FileField(use_url=False)


class Reason(Shape):
    reason = serializers.CharField(max_length=2000)


class EvidenceCheckOut(serializers.Serializer[Any]):
    """What was heard in a spoken consent; null until somebody listened, or where nothing could."""

    heard = serializers.CharField()
    words_by = serializers.CharField()
    words_percent = serializers.IntegerField(allow_null=True)
    words_doubt = serializers.CharField()
    voice_by = serializers.CharField()
    voice_percent = serializers.IntegerField(allow_null=True)
    voice_most_percent = serializers.IntegerField(allow_null=True)
    doubted = serializers.BooleanField()


class ConsentOut(serializers.Serializer[Any]):
    id = serializers.CharField(source="public_id")
    speaker = serializers.CharField(source="speaker.public_id")
    person_name = serializers.CharField()
    purposes = serializers.ListField(child=serializers.CharField())
    languages = serializers.ListField(child=serializers.CharField())
    territories = serializers.ListField(child=serializers.CharField())
    channels = serializers.ListField(child=serializers.CharField())
    valid_from = serializers.DateTimeField()
    valid_until = serializers.DateTimeField(allow_null=True)
    notice_days = serializers.IntegerField()
    supersedes = serializers.CharField(source="supersedes.public_id", default=None, allow_null=True)
    ends_at = serializers.DateTimeField(allow_null=True)
    wording = serializers.CharField()
    wording_version = serializers.CharField()
    evidence_sha256 = serializers.CharField()
    evidence_check = EvidenceCheckOut(allow_null=True)
    state = serializers.CharField()
    revoked_at = serializers.DateTimeField(allow_null=True)
    revoke_reason = serializers.CharField()
    created_at = serializers.DateTimeField()


class ReceiptOut(serializers.Serializer[Any]):
    """The signature is Ed25519 over the canonical JSON of `body` (sorted keys, no blanks)."""

    id = serializers.CharField(source="public_id")
    kind = serializers.CharField()
    body = serializers.DictField()
    key = serializers.CharField()
    signature = serializers.CharField()


class Consents(Endpoint):
    parser_classes = (LimitedJSONParser, UploadParser)

    @operation(
        "consents.list", Permission.CONSENTS_READ, query=ConsentList, answer=ConsentOut, paged=True
    )
    def get(self, call: Call) -> Page:
        """The consents of voices you may know of, newest first."""
        speaker, state = wanted_speaker(call), call.query.get("state", "")
        return page(selectors.consents(call.actor, speaker=speaker, state=state), call.query)

    @operation(
        "consents.create",
        Permission.CONSENTS_WRITE,
        body=NewConsent,
        answer=ConsentOut,
        status=201,
        location="/v1/consents/{id}",
        scoped=False,
    )
    def post(self, call: Call) -> HttpResponseBase:
        """Record a consent: JSON, or multipart with its evidence, which makes it active."""
        with call.scope():
            speaker = speakers.get_speaker(call.actor, call.body["speaker"])
            access.require(call.actor, speaker, "manage")
        if "evidence" not in call.body:
            with call.effect():
                return call.answer(_record(call))
        with _evidence_kept(call) as (stored, written), call.effect():
            return call.answer(_record(call, evidence=stored, written=written))


class ConsentDetail(Endpoint):
    @operation("consents.get", Permission.CONSENTS_READ, answer=ConsentOut)
    def get(self, call: Call, consent_id: str) -> ConsentRecord:
        """One consent."""
        return selectors.get_consent(call.actor, consent_id)


class ConsentEvidence(Endpoint):
    parser_classes = (UploadParser,)

    @operation(
        "consents.attach_evidence",
        Permission.CONSENTS_WRITE,
        body=NewEvidence,
        answer=ConsentOut,
        scoped=False,
    )
    def post(self, call: Call, consent_id: str) -> HttpResponseBase:
        """Give a pending consent its evidence: from now on it is active."""
        with call.scope():
            selectors.get_consent(call.actor, consent_id)
        with _evidence_kept(call) as (stored, written), call.effect():
            consent = selectors.get_consent(call.actor, consent_id)
            return call.answer(
                services.attach_evidence(
                    call.actor, consent=consent, evidence=stored, written=written
                )
            )


class ConsentRevoke(Endpoint):
    @operation("consents.revoke", Permission.CONSENTS_WRITE, body=Reason, answer=ConsentOut)
    def post(self, call: Call, consent_id: str) -> ConsentRecord:
        """Take the consent back: from now on nothing is made, released or downloaded under it."""
        consent = selectors.get_consent(call.actor, consent_id)
        return services.revoke(call.actor, consent=consent, reason=call.body["reason"])


class ConsentNotice(Endpoint):
    @operation("consents.give_notice", Permission.CONSENTS_WRITE, body=Reason, answer=ConsentOut)
    def post(self, call: Call, consent_id: str) -> ConsentRecord:
        """Let the consent end when the agreed notice period has passed; it stands until then."""
        consent = selectors.get_consent(call.actor, consent_id)
        return services.give_notice(call.actor, consent=consent, reason=call.body["reason"])


class ConsentReceipt(Endpoint):
    @operation("consents.receipt", Permission.CONSENTS_READ, answer=ReceiptOut)
    def get(self, call: Call, consent_id: str) -> Receipt:
        """The signed receipt of a revocation: what was stopped, withdrawn, deleted and kept."""
        return receipts.of_consent(selectors.get_consent(call.actor, consent_id))


class ConsentReceiptPage(Endpoint):
    @operation("consents.receipt_page", Permission.CONSENTS_READ, media=("text/html",))
    def get(self, call: Call, consent_id: str) -> HttpResponseBase:
        """The same receipt as one page to print."""
        receipt = receipts.of_consent(selectors.get_consent(call.actor, consent_id))
        return HttpResponse(receipts.page(receipt), headers=PAGE_HEADERS)


class ConsentReceiptPdf(Endpoint):
    @operation("consents.receipt_pdf", Permission.CONSENTS_READ, media=(PDF,))
    def get(self, call: Call, consent_id: str) -> HttpResponseBase:
        """The same receipt as a PDF."""
        return receipt_pdf(receipts.of_consent(selectors.get_consent(call.actor, consent_id)))


def receipt_pdf(receipt: Receipt) -> HttpResponse:
    name = f'attachment; filename="{receipt.public_id}.pdf"'
    return HttpResponse(pdf(receipt), content_type=PDF, headers={"Content-Disposition": name})


def _evidence_kept(call: Call) -> AbstractContextManager[tuple[StoredObject, Written]]:
    sent = call.body["evidence"]
    return kept(call, sent.path, purpose=FilePurpose.EVIDENCE, content_type=sent.content_type)


def _record(call: Call, **evidence: Any) -> ConsentRecord:
    given = call.body
    return services.record_consent(
        call.actor,
        speaker=speakers.get_speaker(call.actor, given["speaker"]),
        person_name=given["person_name"],
        terms=Terms(**{name: given[name] for name in TERMS if name in given}),
        wording=given["wording"],
        wording_version=given["wording_version"],
        supersedes=selectors.get_consent(call.actor, given["supersedes"])
        if "supersedes" in given
        else None,
        **evidence,
    )
