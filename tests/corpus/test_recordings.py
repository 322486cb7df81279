"""What people do with recordings."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import TestCase

from tests.corpus.things import (
    DOUBTFUL,
    FACTS,
    NO_TEXT,
    NOISY,
    finish,
    make_accepted,
    make_recording,
    make_segment,
    make_transcript,
)
from tests.factories import Cast, let, make_file, make_speaker, worker_of
from voiceassets.audit.models import Event
from voiceassets.core.errors import Conflict, Invalid, NotAllowed, NotFound
from voiceassets.core.states import IllegalTransition
from voiceassets.corpus import selectors, services
from voiceassets.corpus.inspection import BadFileName
from voiceassets.corpus.models import Recording, RecordingState, Segment
from voiceassets.jobs.kinds import JobKind
from voiceassets.jobs.models import Job
from voiceassets.speakers import services as speakers
from voiceassets.storage.backends import backend
from voiceassets.storage.models import ObjectState, Purpose, StoredObject

commits = TestCase.captureOnCommitCallbacks


def actions_about(recording: Recording) -> list[str]:
    events = Event.objects.filter(object_id=recording.public_id).order_by("seq")
    return [event.action for event in events]


def test_an_upload_is_kept_queued_for_preparation_and_on_record_once(cast: Cast) -> None:
    recording = make_recording(cast.alice, make_speaker(cast.alice))
    with cast.alice.scope() as alice:
        found = selectors.get_recording(alice, recording.public_id)
        assert found.state == RecordingState.UPLOADED
        assert found.facts == FACTS.as_dict()
        assert found.object.state == ObjectState.LIVE
        assert found.transcript is not None
        assert found.transcript.state == ObjectState.LIVE
        job = Job.objects.get(subject_id=recording.pk)
        assert found.job == job
        assert (job.kind, job.requested_by) == (JobKind.PREPARE, alice.id)
        (event,) = Event.objects.filter(object_id=recording.public_id)
    assert event.action == "recording.uploaded"
    assert event.data["sha256"] == found.object.sha256
    assert "take 1.wav" not in str(event.data)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [({"language": "tlh"}, Invalid), ({"original_name": "../x.wav"}, BadFileName)],
)
def test_it_refuses_a_name_or_language_it_does_not_know(
    cast: Cast, changes: dict[str, Any], refusal: type[Exception]
) -> None:
    speaker = make_speaker(cast.alice)
    with pytest.raises(refusal):
        make_recording(cast.alice, speaker, **changes)


def test_nothing_is_recorded_of_an_archived_speaker(cast: Cast) -> None:
    speaker = make_speaker(cast.alice)
    with cast.alice.scope() as alice:
        speakers.archive_speaker(alice, speaker=speaker)
    with pytest.raises(Conflict, match="archived"):
        make_recording(cast.alice, speaker)
    with cast.alice.scope():
        assert not Recording.objects.exists()
        assert not StoredObject.objects.filter(state=ObjectState.LIVE).exists()


def test_who_may_not_record_is_refused(cast: Cast) -> None:
    speaker = make_speaker(cast.alice)
    let(cast.alice, speaker, cast.bob, "manage")
    for person in (cast.bob, cast.carol):
        with pytest.raises(NotAllowed):
            make_recording(person, speaker)


def test_only_who_sees_the_voice_sees_its_recordings(cast: Cast) -> None:
    speaker = make_speaker(cast.alice)
    recording = make_accepted(cast.alice, speaker)
    with cast.mallory.scope() as mallory:
        assert not selectors.recordings(mallory).exists()
        assert not selectors.segments(mallory, recording=recording).exists()
        with pytest.raises(NotFound):
            selectors.get_recording(mallory, recording.public_id)
    with cast.bob.scope() as bob:
        assert not selectors.recordings(bob).exists()
        with pytest.raises(NotFound):
            selectors.get_recording(bob, recording.public_id)
    let(cast.alice, speaker, cast.bob, "see")
    with cast.bob.scope() as bob:
        assert list(selectors.recordings(bob, speaker=speaker, state="accepted")) == [recording]
        assert selectors.segments(bob, recording=recording).count() == 2


def test_a_text_can_be_supplied_later_and_replaced(cast: Cast) -> None:
    recording = make_recording(cast.alice, make_speaker(cast.alice), with_text=False)
    waiting = finish(cast.alice, recording, note=NO_TEXT)
    assert waiting.state == RecordingState.NEEDS_TRANSCRIPT
    first = make_transcript(cast.alice)
    with cast.alice.scope() as alice:
        again = services.supply_transcript(alice, recording=waiting, transcript=first)
        assert (again.state, again.transcript_format) == (RecordingState.UPLOADED, "text")
        assert Job.objects.filter(subject_id=recording.pk).count() == 2
        assert actions_about(again)[-1] == "transcript.supplied"
    finish(cast.alice, again, make_segment(cast.alice), report=DOUBTFUL)
    second = make_transcript(cast.alice, "您好。")
    with commits(execute=True), cast.alice.scope() as alice:
        services.supply_transcript(alice, recording=again, transcript=second)
    assert first.object.key not in set(backend().keys())
    assert second.object.key in set(backend().keys())


def test_a_decided_recording_takes_no_other_text(cast: Cast) -> None:
    recording = make_accepted(cast.alice, make_speaker(cast.alice))
    transcript = make_transcript(cast.alice)
    with cast.alice.scope() as alice, pytest.raises(IllegalTransition):
        services.supply_transcript(alice, recording=recording, transcript=transcript)
    with cast.alice.scope():
        stored = StoredObject.objects.get(pk=transcript.object.pk)
    assert stored.state == ObjectState.PENDING


@pytest.mark.parametrize("accept", [True, False])
def test_a_person_decides_what_measurements_leave_open(cast: Cast, accept: bool) -> None:
    recording = make_recording(cast.alice, make_speaker(cast.alice))
    open_one = finish(cast.alice, recording, make_segment(cast.alice), report=DOUBTFUL)
    assert open_one.state == RecordingState.NEEDS_REVIEW
    with cast.dora.scope() as dora:
        with pytest.raises(Invalid, match="what you heard"):
            services.review(dora, recording=open_one, accept=accept, reason=" ")
        decided = services.review(dora, recording=open_one, accept=accept, reason="Faint hum.")
        assert decided.state == ("accepted" if accept else "rejected")
        assert decided.verdict is not None
        assert decided.verdict["review"]["reason"] == "Faint hum."
        assert decided.verdict["reasons"][0]["code"] == "noisy"
        event = Event.objects.filter(object_id=decided.public_id).order_by("-seq")[0]
        assert event.data == {
            "before": "needs_review",
            "after": decided.state,
            "accept": accept,
        }
        with pytest.raises(IllegalTransition):
            services.review(dora, recording=decided, accept=True, reason="Changed my mind.")


def test_a_rejected_recording_cannot_be_waved_through(cast: Cast) -> None:
    recording = make_recording(cast.alice, make_speaker(cast.alice))
    rejected = finish(cast.alice, recording, make_segment(cast.alice), report=NOISY)
    with cast.alice.scope() as alice, pytest.raises(IllegalTransition):
        services.review(alice, recording=rejected, accept=True, reason="I like it.")


def test_a_failed_preparation_can_be_tried_again(cast: Cast) -> None:
    recording = make_recording(cast.alice, make_speaker(cast.alice))
    with cast.alice.scope() as alice:
        with pytest.raises(Conflict, match="Only a failed recording"):
            services.prepare_again(alice, recording=recording)
        failed = services.fail_preparation(
            worker_of(cast.alice.tenant), recording=recording, code="poison", message="Died."
        )
        assert failed.failure == {"code": "poison", "message": "Died."}
        retried = services.prepare_again(alice, recording=failed)
        assert (retried.state, retried.failure) == (RecordingState.UPLOADED, None)
        assert actions_about(retried)[-1] == "recording.resubmitted"


def test_deleting_erases_every_byte_and_every_word(cast: Cast) -> None:
    speaker = make_speaker(cast.alice)
    before = set(backend().keys())
    recording = make_accepted(cast.alice, speaker)
    with cast.alice.scope() as alice:
        draft = services.create_dataset(
            alice, speaker=speaker, name="Draft", recordings=[recording]
        )
    with commits(execute=True), cast.alice.scope() as alice:
        deleted = services.delete_recording(alice, recording=recording)
    assert set(backend().keys()) == before
    with cast.alice.scope() as alice:
        assert not Segment.objects.exists()
        assert not selectors.recordings(alice).exists()
        draft.refresh_from_db()
        assert (draft.clip_count, draft.duration_ms, draft.clips_by_language) == (0, 0, {})
        assert (deleted.original_name, deleted.transcript, deleted.verdict) == (
            "deleted",
            None,
            None,
        )
        assert actions_about(deleted)[-1] == "recording.deleted"
        with pytest.raises(IllegalTransition):
            services.delete_recording(alice, recording=deleted)


def test_a_worker_that_finishes_a_deleted_recording_is_refused(cast: Cast) -> None:
    recording = make_recording(cast.alice, make_speaker(cast.alice))
    segment = make_segment(cast.alice)
    with cast.alice.scope() as alice:
        services.delete_recording(alice, recording=recording)
    with pytest.raises(IllegalTransition):
        finish(cast.alice, recording, segment)
    with cast.alice.scope():
        worker = worker_of(cast.alice.tenant)
        untouched = services.fail_preparation(worker, recording=recording, code="x", message="y")
    assert untouched.state == RecordingState.DELETED


def test_the_database_wants_a_report_behind_every_verdict(cast: Cast) -> None:
    recording = make_recording(cast.alice, make_speaker(cast.alice))
    with cast.alice.scope(), pytest.raises(IntegrityError), transaction.atomic():
        Recording.objects.filter(pk=recording.pk).update(state=RecordingState.ACCEPTED)


def test_a_foreign_speaker_cannot_be_recorded(cast: Cast) -> None:
    sound, written = make_file(cast.mallory.tenant, b"sound", purpose=Purpose.RECORDING)
    ours = make_speaker(cast.alice)
    with cast.mallory.scope() as mallory, pytest.raises(NotFound):
        services.upload_recording(
            mallory,
            speaker=ours,
            object=sound,
            written=written,
            facts=FACTS,
            original_name="x.wav",
            language="zh",
        )
    with cast.mallory.scope():
        assert StoredObject.objects.get(pk=sound.pk).state == ObjectState.PENDING
        assert not Recording.objects.exists()
