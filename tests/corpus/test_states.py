"""Every pair of states of a recording and of a dataset: allowed as written here, else refused."""

from __future__ import annotations

from typing import Any

import pytest

from tests.corpus.things import GOOD, make_recording
from tests.factories import Cast, make_live_file, make_speaker
from voiceassets.audit.actions import Action
from voiceassets.audit.services import transition
from voiceassets.core.states import IllegalTransition
from voiceassets.corpus.models import Dataset, DatasetState, RecordingState
from voiceassets.storage.models import Purpose

RECORDING_MOVES = {
    "uploaded": {"preparing", "failed", "deleted"},
    "preparing": {
        "needs_transcript",
        "needs_review",
        "accepted",
        "rejected",
        "failed",
        "deleted",
    },
    "needs_transcript": {"uploaded", "deleted"},
    "needs_review": {"accepted", "rejected", "uploaded", "deleted"},
    "accepted": {"deleted"},
    "rejected": {"deleted"},
    "failed": {"uploaded", "deleted"},
    "deleted": set(),
}
DATASET_MOVES = {
    "draft": {"freezing"},
    "freezing": {"frozen", "failed"},
    "frozen": set(),
    "failed": {"freezing"},
}


@pytest.mark.parametrize("before", RecordingState.values)
def test_a_recording_moves_only_as_written_here(cast: Cast, before: str) -> None:
    recording = make_recording(cast.alice, make_speaker(cast.alice))
    moved = set()
    with cast.alice.scope() as alice:
        for after in RecordingState.values:
            recording.state, recording.report = before, GOOD
            recording.verdict = {"outcome": "accepted", "reasons": []}
            recording.save()
            try:
                transition(alice, recording, to=after, action=Action.RECORDING_CHECKED)
            except IllegalTransition:
                continue
            moved.add(after)
    assert moved == RECORDING_MOVES[before]


@pytest.mark.parametrize("before", DatasetState.values)
def test_a_dataset_moves_only_as_written_here(cast: Cast, before: str) -> None:
    speaker = make_speaker(cast.alice)
    moved = set()
    for after in DatasetState.values:
        manifest = make_live_file(cast.alice.tenant, b"{}", purpose=Purpose.DATASET)
        named: dict[str, Any] = {"content_hash": "a" * 64, "manifest": manifest}
        with cast.alice.scope() as alice:
            dataset = Dataset.objects.create(
                tenant=cast.alice.tenant,
                speaker=speaker,
                name="x",
                state=before,
                clip_count=1,
                duration_ms=1,
                created_by="tests",
                **(named if before == "frozen" else {}),
            )
            try:
                transition(
                    alice,
                    dataset,
                    to=after,
                    action=Action.DATASET_FROZEN,
                    **(named if after == "frozen" else {}),
                )
            except IllegalTransition:
                continue
            moved.add(after)
    assert moved == DATASET_MOVES[before]
