"""What workers report of a recording, and what becomes of it."""

from __future__ import annotations

import pytest
from django.test import TestCase

from tests.corpus.things import (
    DOUBTFUL,
    GOOD,
    NO_TEXT,
    NOISY,
    finish,
    make_recording,
    make_segment,
)
from tests.factories import Cast, make_speaker, worker_of
from voiceassets.audit.models import Event
from voiceassets.corpus import services
from voiceassets.corpus.models import Recording, RecordingState, Segment
from voiceassets.corpus.prepared import Doubt
from voiceassets.storage.backends import backend
from voiceassets.storage.models import ObjectState

commits = TestCase.captureOnCommitCallbacks


@pytest.fixture
def recording(cast: Cast) -> Recording:
    return make_recording(cast.alice, make_speaker(cast.alice))


def codes(recording: Recording) -> list[str]:
    assert recording.verdict is not None
    return [reason["code"] for reason in recording.verdict["reasons"]]


def test_a_good_recording_is_accepted_with_its_segments(cast: Cast, recording: Recording) -> None:
    prepared = make_segment(cast.alice)
    checked = finish(cast.alice, recording, prepared, make_segment(cast.alice))
    assert (checked.state, checked.report, codes(checked)) == ("accepted", GOOD, [])
    assert checked.dropped[0]["reason"] == "silence"
    with cast.alice.scope():
        first, second = Segment.objects.order_by("position")
        assert (first.position, second.position) == (0, 1)
        assert first.sha256 == prepared.written.sha256 == first.object.sha256
        assert (first.text, first.duration_ms) == (prepared.text, 4_000)
        assert first.object.state == ObjectState.LIVE
        assert first.included
        events = Event.objects.filter(object_id=recording.public_id).order_by("seq")
        assert [event.action for event in events] == [
            "recording.uploaded",
            "recording.preparing",
            "recording.checked",
        ]


def test_what_was_doubted_waits_for_a_person_and_unfit_segments_are_left_out(
    cast: Cast, recording: Recording
) -> None:
    wrong = Doubt(code="wrong_text", message="It does not fit.", fix="Correct it.", is_unfit=True)
    written = Doubt(code="machine_text", message="Not by a person.", fix="Read it.", is_unfit=False)
    checked = finish(
        cast.alice,
        recording,
        make_segment(cast.alice, doubts=(wrong,)),
        make_segment(cast.alice, doubts=(written,)),
        make_segment(cast.alice),
        doubts=(wrong, written),
    )
    assert (checked.state, codes(checked)) == ("needs_review", ["wrong_text", "machine_text"])
    with cast.alice.scope():
        segments = Segment.objects.order_by("position")
        assert [segment.included for segment in segments] == [False, True, True]
        assert segments[0].verdict["reasons"][0] == {
            "code": "wrong_text",
            "outcome": "needs_review",
            "message": "It does not fit.",
            "fix": "Correct it.",
        }


def test_a_noisy_recording_is_rejected_and_its_segments_go(
    cast: Cast, recording: Recording
) -> None:
    segment = make_segment(cast.alice)
    with commits(execute=True):
        checked = finish(cast.alice, recording, segment, report=NOISY)
    assert (checked.state, codes(checked)) == ("rejected", ["noisy"])
    assert segment.object.key not in set(backend().keys())
    with cast.alice.scope():
        assert not Segment.objects.exists()
        event = Event.objects.filter(object_id=recording.public_id).order_by("-seq")[0]
    assert event.data["reasons"] == ["noisy"]


def test_a_doubtful_recording_waits_for_a_person(cast: Cast, recording: Recording) -> None:
    checked = finish(cast.alice, recording, make_segment(cast.alice), report=DOUBTFUL)
    assert (checked.state, codes(checked)) == ("needs_review", ["noisy"])


def test_without_a_text_a_recording_waits_and_says_why(cast: Cast, recording: Recording) -> None:
    segment = make_segment(cast.alice)
    with commits(execute=True):
        checked = finish(cast.alice, recording, segment, note=NO_TEXT)
    assert (checked.state, codes(checked)) == ("needs_transcript", ["needs_transcript"])
    assert checked.verdict is not None
    assert checked.verdict["reasons"][0]["message"] == NO_TEXT
    assert segment.object.key not in set(backend().keys())


def test_noise_matters_more_than_a_missing_text(cast: Cast, recording: Recording) -> None:
    assert finish(cast.alice, recording, report=NOISY, note=NO_TEXT).state == "rejected"


def test_a_recording_without_one_usable_segment_is_rejected(
    cast: Cast, recording: Recording
) -> None:
    noisy = make_segment(cast.alice, report=NOISY)
    checked = finish(cast.alice, recording, noisy)
    assert (checked.state, codes(checked)) == ("rejected", ["no_usable_segment"])


def test_a_bad_segment_is_kept_out_of_datasets(cast: Cast, recording: Recording) -> None:
    finish(cast.alice, recording, make_segment(cast.alice), make_segment(cast.alice, report=NOISY))
    with cast.alice.scope():
        included = dict(Segment.objects.values_list("position", "included"))
    assert included == {0: True, 1: False}


def test_a_second_worker_takes_over_without_a_second_start(
    cast: Cast, recording: Recording
) -> None:
    worker = worker_of(cast.alice.tenant)
    with cast.alice.scope():
        services.start_preparation(worker, recording=recording)
    checked = finish(cast.alice, recording, make_segment(cast.alice))
    assert checked.state == RecordingState.ACCEPTED
    with cast.alice.scope():
        starts = Event.objects.filter(action="recording.preparing")
        assert starts.count() == 1


def test_preparing_again_replaces_the_old_segments(cast: Cast, recording: Recording) -> None:
    worker = worker_of(cast.alice.tenant)
    old = make_segment(cast.alice)
    checked = finish(cast.alice, recording, old, report=DOUBTFUL)
    with cast.alice.scope() as alice:
        Recording.objects.filter(pk=checked.pk).update(state=RecordingState.FAILED)
        again = services.prepare_again(alice, recording=checked)
    with commits(execute=True):
        finish(cast.alice, again, make_segment(cast.alice))
    with cast.alice.scope():
        assert Segment.objects.count() == 1
        assert not Segment.objects.filter(sha256=old.written.sha256).exists()
        assert old.object.key not in set(backend().keys())
        settled = services.fail_preparation(worker, recording=again, code="late", message="Late.")
    assert settled.state == RecordingState.ACCEPTED
