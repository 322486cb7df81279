"""The audible label that speech gets, who may leave it out, and what laws want of a file."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from voiceassets.assets.models import Asset, SynthesisRequest
from voiceassets.audit.actions import Action
from voiceassets.audit.services import record
from voiceassets.core.context import Actor
from voiceassets.core.errors import Invalid, NotAllowed, Refused
from voiceassets.provenance import credentials
from voiceassets.provenance.cue import Cue, Place
from voiceassets.provenance.laws import LAWS, Layer, Verdict, judge, layers
from voiceassets.tenants.permissions import Permission
from voiceassets.tenants.policy import authorize


class LabelMissing(Refused):
    """The file lacks a label that a law wants which binds this installation."""

    code = "label_missing"


@dataclass(frozen=True, kw_only=True)
class Wish:
    """How to label audibly; empty is what this installation does. `because` is for a `none`."""

    cue: str = ""
    place: str = ""
    because: str = ""


def apply(actor: Actor, request: SynthesisRequest, wish: Wish) -> None:
    """Put a wish into a request that is about to be saved.

    Raises:
        NotAllowed: nobody but who has `labels:exempt`, a person or a service account, may leave
            the label out.
        Invalid: it is left out without a reason; or the format cannot carry what a law wants.
    """
    request.cue = Cue(wish.cue or settings.LABEL_CUE).value
    request.cue_place = Place(wish.place or settings.LABEL_PLACE).value
    _require_room(request.format)
    if request.cue != Cue.NONE:
        return
    authorize(actor, Permission.LABELS_EXEMPT)
    if actor.user_id is None:
        raise NotAllowed("Somebody has to answer for a missing label.", code="needs_a_person")
    if not wish.because.strip():
        raise Invalid("Say why the audible label may be left out.", field="label.because")
    request.unlabelled_because = wish.because.strip()
    request.exempted_by_id = actor.user_id


def _require_room(format: str) -> None:  # noqa: A002  the word of the API, the model and the file
    if format in credentials.TYPES:
        return
    for code in settings.LABEL_LAWS:
        if Layer.CREDENTIALS in LAWS[code].requires:
            raise Invalid(
                f"{LAWS[code].name} binds this installation, and {format} files have no place for "
                f"content credentials; ask for one of {', '.join(credentials.TYPES)}.",
                field="format",
            )


def record_exemption(actor: Actor, request: SynthesisRequest) -> None:
    """Put an exemption on record, in the transaction that made it; the reason stays sealed."""
    if request.cue == Cue.NONE:
        record(
            actor,
            Action.LABEL_EXEMPTED,
            request,
            speaker=request.speaker.public_id,
            asset=request.asset.public_id,
        )


def require_lawful(asset: Asset) -> None:
    """Nobody takes a file away that lacks what a law of `LABEL_LAWS` wants.

    Raises:
        LabelMissing: its manifest does not tell of a label, and nobody was exempt from it; the
            code is `explicit_label_missing` where that is the audible one.
    """
    for verdict in verdicts(asset):
        if verdict.law.code in settings.LABEL_LAWS and not verdict.met:
            heard = Layer.AUDIBLE in verdict.lacks
            raise LabelMissing(
                f"{verdict.law.name} wants a file to carry: {', '.join(verdict.lacks)}. Have it "
                "spoken again"
                + (", or have somebody with `labels:exempt` ask for it without." if heard else "."),
                code="explicit_label_missing" if heard else LabelMissing.code,
            )


def verdicts(asset: Asset) -> list[Verdict]:
    """What each law says of the asset's file."""
    marks = asset.manifest.labels if asset.manifest else {}
    return list(judge(layers(marks), waived=asset.request.exempted_by_id is not None))
