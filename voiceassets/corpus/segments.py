"""What a person who has listened changes of a segment: text, language, whether it counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from voiceassets.audit.actions import Action
from voiceassets.audit.services import record
from voiceassets.core.context import Actor
from voiceassets.core.errors import Conflict, Invalid
from voiceassets.corpus import selectors
from voiceassets.corpus.datasets import leave_drafts
from voiceassets.corpus.models import Recording, RecordingState, Segment
from voiceassets.corpus.quality import Outcome
from voiceassets.speakers import access
from voiceassets.tenants.permissions import Permission
from voiceassets.tenants.policy import authorize

OPEN_STATES = frozenset({RecordingState.NEEDS_REVIEW, RecordingState.ACCEPTED})


@dataclass(frozen=True, kw_only=True)
class SegmentEdit:
    """What is to change; None leaves it. To include a doubted segment clears its doubts."""

    text: str | None = None
    language: str | None = None
    included: bool | None = None


@transaction.atomic
def edit_segment(actor: Actor, *, segment: Segment, edit: SegmentEdit, reason: str) -> Segment:
    """Correct a segment, or decide that it is or is not this speaker's clean speech.

    What was doubted stays in its verdict, beside who cleared it and why. A segment that is left out
    leaves the drafts it is in; one that is taken in joins the datasets made from now on.

    Raises:
        Invalid: no reason, no change, or an empty text.
        Conflict: it was measured unusable, its recording is not open, or a frozen dataset has it.
    """
    authorize(actor, Permission.RECORDINGS_REVIEW)
    access.require(actor, segment.recording.speaker, "manage")
    if not reason.strip():
        raise Invalid("Say in `reason` what you heard; others will have to rely on it.")
    if edit.text is not None and not edit.text.strip():
        raise Invalid("A segment without text is not trained on; leave it out instead.")
    recording = Recording.objects.select_for_update().get(pk=segment.recording_id)
    locked = Segment.objects.select_for_update().get(pk=segment.pk)
    changes = _changes(locked, edit)
    if not changes:
        raise Invalid("Nothing is to change; send another text, language or `included`.")
    _require_open(recording, locked)
    cleared: list[str] = []
    if edit.included:
        cleared = _require_clearable(locked)
    for name, value in changes.items():
        setattr(locked, name, value)
    decided = {"by": actor.id, "reason": reason.strip(), "changed": sorted(changes)}
    if cleared:
        decided["cleared"] = cleared
    edits = [*locked.verdict.get("edits", []), decided]
    locked.verdict = {**locked.verdict, "edits": edits}
    locked.save(update_fields=[*changes, "verdict"])
    if edit.included is False:
        leave_drafts(Segment.objects.filter(pk=locked.pk))
    record(
        actor,
        Action.SEGMENT_EDITED,
        recording,
        segment=locked.public_id,
        changed=sorted(changes),
        included=locked.included,
        cleared=cleared,
    )
    return locked


def _changes(segment: Segment, edit: SegmentEdit) -> dict[str, Any]:
    text = None if edit.text is None else edit.text.strip()
    wanted = {"text": text, "language": edit.language, "included": edit.included}
    return {
        name: value
        for name, value in wanted.items()
        if value is not None and value != getattr(segment, name)
    }


def _require_open(recording: Recording, segment: Segment) -> None:
    if recording.state not in OPEN_STATES:
        raise Conflict(f"The recording is {recording.state}; its segments are not edited now.")
    keeper = selectors.keeps_segment(segment).first()
    if keeper is not None:
        raise Conflict(
            f"The dataset {keeper.public_id} holds this segment as it is and is frozen;"
            " edit it before you freeze, or upload the recording again.",
            code="segment_in_dataset",
            dataset=keeper.public_id,
        )


def _require_clearable(segment: Segment) -> list[str]:
    """The codes of the doubts that the person clears."""
    reasons = segment.verdict.get("reasons", [])
    fatal = [r["code"] for r in reasons if r["outcome"] == Outcome.REJECTED]
    if fatal:
        raise Conflict(
            f"This segment was measured unusable ({', '.join(fatal)}); record it again.",
            code="segment_unusable",
        )
    return [r["code"] for r in reasons]
