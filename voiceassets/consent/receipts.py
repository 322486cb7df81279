"""Issuing and reading the signed statements of what became of a voice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone

from voiceassets.audit.actions import Action
from voiceassets.audit.chain import timestamp
from voiceassets.audit.selectors import Position
from voiceassets.audit.services import record
from voiceassets.audit.signing import sign
from voiceassets.consent.models import ConsentRecord, Receipt, ReceiptKind
from voiceassets.core.context import Actor
from voiceassets.core.errors import Conflict
from voiceassets.core.ids import encode, uuid7
from voiceassets.speakers.models import Speaker, SpeakerState

FORMAT = "voiceassets/receipt/1"


class Outcome(StrEnum):
    """What became of a thing."""

    STOPPED = "stopped"
    WITHDRAWN = "withdrawn"
    DELETED = "deleted"
    KEPT = "kept"


@dataclass(frozen=True, kw_only=True)
class Item:
    """One thing: what became of it, why, and the event of the log that says so, if one does."""

    type: str
    id: str
    outcome: Outcome
    state: str
    why: str
    sha256: str = ""
    event: Position | None = None


@transaction.atomic
def issue(
    actor: Actor,
    *,
    kind: ReceiptKind,
    speaker: Speaker,
    items: Iterable[Item],
    about: Mapping[str, Any],
    consent: ConsentRecord | None = None,
) -> Receipt:
    """Sign and keep a receipt; `about` are further facts of its head, as ids, words and times."""
    receipt_id = uuid7()
    listed = [asdict(item) for item in items]
    signed = sign(
        {
            "format": FORMAT,
            "kind": kind.value,
            "id": encode(Receipt.PREFIX, receipt_id),
            "tenant": str(speaker.tenant_id),
            "speaker": speaker.public_id,
            "issued_at": timestamp(timezone.now()),
            **about,
            "counts": {
                outcome.value: sum(item["outcome"] == outcome for item in listed)
                for outcome in Outcome
            },
            "items": listed,
        }
    )
    receipt = Receipt.objects.create(
        id=receipt_id,
        tenant_id=speaker.tenant_id,
        kind=kind.value,
        speaker=speaker,
        consent=consent,
        body=signed.body,
        key=signed.key,
        signature=signed.signature,
    )
    record(
        actor,
        Action.RECEIPT_ISSUED,
        receipt,
        speaker=speaker.public_id,
        kind=kind.value,
        consent=consent.public_id if consent else None,
    )
    return receipt


def of_consent(consent: ConsentRecord) -> Receipt:
    """The receipt of a revocation.

    Raises:
        Conflict: `not_revoked`, or `receipt_pending` while something is still being stopped.
    """
    receipt = Receipt.objects.filter(consent=consent).first()
    if receipt is not None:
        return receipt
    if consent.revoked_at is None:
        raise Conflict(
            f"This consent is {consent.state}; a receipt is issued for a revoked one.",
            code="not_revoked",
        )
    raise Conflict(
        "What rested on this consent is still being stopped; ask again in a few seconds.",
        code="receipt_pending",
    )


def of_erasure(speaker: Speaker) -> Receipt:
    """The receipt of an erasure.

    Raises:
        Conflict: `not_erased`, or `receipt_pending` while something is still being destroyed.
    """
    receipt = Receipt.objects.filter(speaker=speaker, kind=ReceiptKind.ERASURE).first()
    if receipt is not None:
        return receipt
    if speaker.state not in {SpeakerState.ERASING, SpeakerState.ERASED}:
        raise Conflict(
            f"This speaker is {speaker.state}; a receipt is issued for an erased one.",
            code="not_erased",
        )
    raise Conflict(
        "What there is of this person is still being destroyed; ask again in a few seconds.",
        code="receipt_pending",
    )


def page(receipt: Receipt) -> str:
    """The receipt as one HTML page that needs no other file."""
    return render_to_string("consent/receipt.html", {"receipt": receipt, "body": receipt.body})
