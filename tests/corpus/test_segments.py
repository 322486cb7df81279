"""What a person changes of a segment: its text, its doubts, whether it counts."""

from __future__ import annotations

import pytest

from tests.corpus.things import GOOD, finish, make_recording, make_segment
from tests.factories import Cast, let, make_file, make_speaker, worker_of
from voiceassets.audit.models import Event
from voiceassets.core.errors import Conflict, Invalid, NotAllowed
from voiceassets.corpus import selectors, services
from voiceassets.corpus.models import Dataset, Recording, Segment
from voiceassets.corpus.prepared import Doubt, FrozenDataset
from voiceassets.corpus.services import SegmentEdit
from voiceassets.storage.models import Purpose

OTHER = Doubt(
    code="another_speaker", message="Sounds like somebody else.", fix="Listen.", is_unfit=True
)


@pytest.fixture
def recording(cast: Cast) -> Recording:
    """One clean segment, one doubted, one measured unusable; a person has accepted the whole."""
    speaker = make_speaker(cast.alice)
    waiting = make_recording(cast.alice, speaker)
    unusable = make_segment(cast.alice, report={**GOOD, "clipping_share": 0.1})
    doubted = make_segment(cast.alice, doubts=(OTHER,))
    finish(cast.alice, waiting, make_segment(cast.alice), doubted, unusable)
    return waiting


def segment(cast: Cast, recording: Recording, position: int) -> Segment:
    with cast.alice.scope() as alice:
        return selectors.segments(alice, recording=recording).get(position=position)


def edit(cast: Cast, found: Segment, **changes: object) -> Segment:
    with cast.alice.scope() as alice:
        change = SegmentEdit(**changes)  # type: ignore[arg-type]
        return services.edit_segment(alice, segment=found, edit=change, reason="I listened.")


def make_draft(cast: Cast, recording: Recording) -> Dataset:
    with cast.alice.scope() as alice:
        return services.create_dataset(
            alice, speaker=recording.speaker, name="One", recordings=[recording]
        )


def test_a_false_doubt_is_cleared_and_stays_on_record(cast: Cast, recording: Recording) -> None:
    doubted = segment(cast, recording, 1)
    assert not doubted.included
    cleared = edit(cast, doubted, included=True)
    assert cleared.included
    assert cleared.verdict["reasons"][0]["code"] == "another_speaker"
    (decision,) = cleared.verdict["edits"]
    assert (decision["cleared"], decision["reason"]) == (["another_speaker"], "I listened.")
    assert make_draft(cast, recording).clip_count == 2
    with cast.alice.scope():
        event = Event.objects.get(action="segment.edited")
    assert event.data["cleared"] == ["another_speaker"]


def test_a_corrected_text_is_kept_and_its_words_stay_out_of_the_log(
    cast: Cast, recording: Recording
) -> None:
    edit(cast, segment(cast, recording, 0), text=" 您好。 ", language="zh")
    assert segment(cast, recording, 0).text == "您好。"
    with cast.alice.scope():
        event = Event.objects.get(action="segment.edited")
    assert event.data["changed"] == ["text"]
    assert "您好" not in str(event.data)


def test_what_is_left_out_leaves_the_drafts(cast: Cast, recording: Recording) -> None:
    edit(cast, segment(cast, recording, 1), included=True)
    draft = make_draft(cast, recording)
    edit(cast, segment(cast, recording, 0), included=False)
    with cast.alice.scope():
        draft.refresh_from_db()
    assert (draft.clip_count, draft.duration_ms) == (1, 4_000)


def test_what_was_measured_unusable_is_not_waved_through(cast: Cast, recording: Recording) -> None:
    with pytest.raises(Conflict, match="clipped"):
        edit(cast, segment(cast, recording, 2), included=True)


def test_a_frozen_dataset_holds_its_segments_as_they_were(cast: Cast, recording: Recording) -> None:
    draft = make_draft(cast, recording)
    stored, written = make_file(cast.alice.tenant, b"{}", purpose=Purpose.DATASET)
    with cast.alice.scope() as alice:
        frozen = services.freeze(alice, dataset=draft)
        services.finish_freeze(
            worker_of(cast.alice.tenant),
            dataset=frozen,
            frozen=FrozenDataset(
                object=stored,
                written=written,
                content_hash="a" * 64,
                clip_sha256s=(segment_sha256(cast, recording),),
                coverage={},
            ),
        )
    with pytest.raises(Conflict, match=frozen.public_id):
        edit(cast, segment(cast, recording, 0), text="别的。")


def segment_sha256(cast: Cast, recording: Recording) -> str:
    return segment(cast, recording, 0).sha256


def test_an_edit_says_why_and_changes_something(cast: Cast, recording: Recording) -> None:
    found = segment(cast, recording, 0)
    with pytest.raises(Invalid, match="Nothing is to change"):
        edit(cast, found, text=found.text)
    with pytest.raises(Invalid, match="leave it out"):
        edit(cast, found, text=" ")
    with cast.alice.scope() as alice, pytest.raises(Invalid, match="reason"):
        services.edit_segment(alice, segment=found, edit=SegmentEdit(text="好。"), reason=" ")


def test_writers_edit_nothing(cast: Cast, recording: Recording) -> None:
    let(cast.alice, recording.speaker, cast.bob, "manage")
    found = segment(cast, recording, 0)
    with cast.bob.scope() as bob, pytest.raises(NotAllowed):
        services.edit_segment(bob, segment=found, edit=SegmentEdit(text="好。"), reason="x")
