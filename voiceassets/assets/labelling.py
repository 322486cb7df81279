"""The audible label that speech gets, and who may have it left out."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from voiceassets.assets.models import Asset, SynthesisRequest
from voiceassets.audit.actions import Action
from voiceassets.audit.services import record
from voiceassets.core.context import Actor
from voiceassets.core.errors import Invalid, NotAllowed, Refused
from voiceassets.provenance.cue import Cue, Place
from voiceassets.tenants.permissions import Permission
from voiceassets.tenants.policy import authorize


class LabelMissing(Refused):
    """The file has no label that people hear, and nobody answers for that."""

    code = "explicit_label_missing"


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
        Invalid: it is left out without a reason.
    """
    request.cue = Cue(wish.cue or settings.LABEL_CUE).value
    request.cue_place = Place(wish.place or settings.LABEL_PLACE).value
    if request.cue != Cue.NONE:
        return
    authorize(actor, Permission.LABELS_EXEMPT)
    if actor.user_id is None:
        raise NotAllowed("Somebody has to answer for a missing label.", code="needs_a_person")
    if not wish.because.strip():
        raise Invalid("Say why the audible label may be left out.", field="label.because")
    request.unlabelled_because = wish.because.strip()
    request.exempted_by_id = actor.user_id


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


def require_audible(asset: Asset) -> None:
    """Nobody takes a file away that does not say aloud what it is, unless that was allowed.

    Raises:
        LabelMissing: its manifest tells of no audible label, and there is no exemption.
    """
    labels = asset.manifest.labels if asset.manifest else {}
    if labels.get("audible", Cue.NONE) == Cue.NONE and asset.request.exempted_by_id is None:
        raise LabelMissing(
            "This file has no audible label, which a download must have; have it spoken again, or "
            "have somebody with `labels:exempt` ask for it without."
        )
