"""Choosing segments, freezing the choice, and that nothing changes it afterwards."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from django.db import DatabaseError, transaction

from tests.corpus.test_denoising import clean
from tests.corpus.things import (
    DOUBTFUL,
    NOISY,
    finish,
    make_accepted,
    make_recording,
    make_segment,
)
from tests.factories import Cast, let, make_file, make_speaker, worker_of
from voiceassets.audit.models import Event
from voiceassets.core.errors import Conflict, Invalid, NotAllowed, NotFound
from voiceassets.core.states import IllegalTransition
from voiceassets.corpus import selectors, services
from voiceassets.corpus.models import Dataset, DatasetClip, DatasetState, Recording, Segment
from voiceassets.corpus.prepared import FrozenDataset
from voiceassets.jobs.kinds import JobKind
from voiceassets.jobs.models import Job
from voiceassets.speakers.models import Speaker
from voiceassets.storage.models import ObjectState, Purpose


@pytest.fixture
def speaker(cast: Cast) -> Speaker:
    return make_speaker(cast.alice)


def make_draft(cast: Cast, speaker: Speaker, *recordings: Recording) -> Dataset:
    chosen = recordings or (make_accepted(cast.alice, speaker),)
    with cast.alice.scope() as alice:
        return services.create_dataset(alice, speaker=speaker, name="Minute one", recordings=chosen)


def make_freezing(cast: Cast, speaker: Speaker) -> Dataset:
    draft = make_draft(cast, speaker)
    with cast.alice.scope() as alice:
        return services.freeze(alice, dataset=draft)


def manifest_of(cast: Cast, dataset: Dataset, *more: str) -> FrozenDataset:
    stored, written = make_file(cast.alice.tenant, b"{}", purpose=Purpose.DATASET)
    with cast.alice.scope() as alice:
        clips = selectors.clips(alice, dataset=dataset).values_list("sha256", flat=True)
        return FrozenDataset(
            object=stored,
            written=written,
            content_hash=hashlib.sha256(b"manifest").hexdigest(),
            clip_sha256s=(*clips, *more),
            coverage={"zh": {"share": 0.5}},
        )


def make_frozen(cast: Cast, speaker: Speaker) -> Dataset:
    dataset = make_freezing(cast, speaker)
    manifest = manifest_of(cast, dataset)
    with cast.alice.scope():
        return services.finish_freeze(
            worker_of(cast.alice.tenant), dataset=dataset, frozen=manifest
        )


def test_a_draft_takes_the_usable_segments_once_each(cast: Cast, speaker: Speaker) -> None:
    same = b"the same sentence again"
    first = finish(
        cast.alice,
        make_recording(cast.alice, speaker),
        make_segment(cast.alice, sound=same),
        make_segment(cast.alice, report=NOISY),
    )
    second = finish(
        cast.alice,
        make_recording(cast.alice, speaker),
        make_segment(cast.alice, sound=same),
        make_segment(cast.alice),
    )
    draft = make_draft(cast, speaker, second, first)
    assert (draft.state, draft.clip_count, draft.duration_ms) == (DatasetState.DRAFT, 2, 8_000)
    assert draft.clips_by_language == {"zh": 2}
    with cast.alice.scope() as alice:
        clips = list(selectors.clips(alice, dataset=draft))
        taken, noisy = selectors.segments(alice, recording=first)
        again = selectors.segments(alice, recording=second)[0]
        assert draft.selection == [
            _left_out(noisy, "left out of its recording: noisy"),
            _left_out(again, f"sounds exactly like {taken.public_id}"),
        ]
        assert [clip.recording_id for clip in clips] == [first.pk, second.pk]
        (event,) = Event.objects.filter(object_id=draft.public_id)
    assert event.action == "dataset.created"
    assert event.data["recordings"] == [first.public_id, second.public_id]


def _left_out(segment: Segment, reason: str) -> dict[str, object]:
    return {"segment": segment.public_id, "is_chosen": False, "reason": reason}


def test_what_a_person_left_out_is_named_in_the_frozen_dataset_too(
    cast: Cast, speaker: Speaker
) -> None:
    recording = make_accepted(cast.alice, speaker)
    with cast.alice.scope() as alice:
        cough = selectors.segments(alice, recording=recording)[0]
        edit = services.SegmentEdit(included=False)
        services.edit_segment(alice, segment=cough, edit=edit, reason="A cough.")
        draft = services.create_dataset(alice, speaker=speaker, name="A", recordings=[recording])
        draft = services.freeze(alice, dataset=draft)
    manifest = manifest_of(cast, draft)
    with cast.alice.scope():
        worker = worker_of(cast.alice.tenant)
        frozen = services.finish_freeze(worker, dataset=draft, frozen=manifest)
    expected = _left_out(cough, "left out of its recording: a person decided")
    assert frozen.selection == [expected]


def test_a_recording_and_its_cleaned_copy_are_not_learned_from_together(
    cast: Cast, speaker: Speaker
) -> None:
    source = make_accepted(cast.alice, speaker)
    copy = finish(cast.alice, clean(cast, source), make_segment(cast.alice))
    with pytest.raises(Invalid, match="take one of the two") as refusal:
        make_draft(cast, speaker, copy, source)
    assert refusal.value.code == "copy_beside_source"
    assert make_draft(cast, speaker, copy).clip_count == 1


def test_only_accepted_recordings_of_the_same_speaker_are_taken(
    cast: Cast, speaker: Speaker
) -> None:
    doubtful = finish(
        cast.alice,
        make_recording(cast.alice, speaker),
        make_segment(cast.alice),
        report=DOUBTFUL,
    )
    with pytest.raises(Conflict, match="needs_review") as refusal:
        make_draft(cast, speaker, doubtful)
    assert refusal.value.code == "recording_not_accepted"
    theirs = make_accepted(cast.alice, make_speaker(cast.alice, name="Somebody else"))
    with pytest.raises(Invalid, match="its own speaker"):
        make_draft(cast, speaker, make_accepted(cast.alice, speaker), theirs)
    with cast.alice.scope() as alice, pytest.raises(Invalid, match="at least one"):
        services.create_dataset(alice, speaker=speaker, name="None", recordings=[])
    with cast.alice.scope():
        assert not Dataset.objects.exists()


def test_who_may_not_manage_the_voice_makes_and_freezes_nothing(
    cast: Cast, speaker: Speaker
) -> None:
    recording = make_accepted(cast.alice, speaker)
    draft = make_draft(cast, speaker, recording)
    let(cast.alice, speaker, cast.bob, "manage")
    for person in (cast.bob, cast.carol):
        with person.scope() as actor:
            with pytest.raises(NotAllowed):
                services.create_dataset(actor, speaker=speaker, name="Mine", recordings=[recording])
            with pytest.raises(NotAllowed):
                services.freeze(actor, dataset=draft)
    with cast.mallory.scope() as mallory, pytest.raises(NotFound):
        selectors.get_dataset(mallory, draft.public_id)


def test_freezing_is_a_job_and_ends_in_a_manifest(cast: Cast, speaker: Speaker) -> None:
    frozen = make_frozen(cast, speaker)
    assert (frozen.state, len(frozen.content_hash)) == (DatasetState.FROZEN, 64)
    with cast.alice.scope():
        assert frozen.manifest is not None
        assert frozen.manifest.state == ObjectState.LIVE
        assert Job.objects.get(subject_id=frozen.pk).kind == JobKind.FREEZE
        events = Event.objects.filter(object_id=frozen.public_id).order_by("seq")
        assert [event.action for event in events] == [
            "dataset.created",
            "dataset.freeze_requested",
            "dataset.frozen",
        ]
        assert events[2].data["content_hash"] == frozen.content_hash


def test_a_manifest_that_names_other_clips_is_refused(cast: Cast, speaker: Speaker) -> None:
    dataset = make_freezing(cast, speaker)
    wrong = manifest_of(cast, dataset, "f" * 64)
    with cast.alice.scope(), pytest.raises(Conflict, match="exactly the clips"):
        services.finish_freeze(worker_of(cast.alice.tenant), dataset=dataset, frozen=wrong)


def test_a_failed_freeze_can_be_asked_for_again(cast: Cast, speaker: Speaker) -> None:
    dataset = make_freezing(cast, speaker)
    worker = worker_of(cast.alice.tenant)
    with cast.alice.scope() as alice:
        failed = services.fail_freeze(worker, dataset=dataset, code="poison", message="Died.")
        assert failed.failure == {"code": "poison", "message": "Died."}
        again = services.freeze(alice, dataset=failed)
        assert (again.state, again.failure) == (DatasetState.FREEZING, None)


def test_a_late_failure_does_not_thaw_a_frozen_dataset(cast: Cast, speaker: Speaker) -> None:
    frozen = make_frozen(cast, speaker)
    with cast.alice.scope() as alice:
        worker = worker_of(cast.alice.tenant)
        same = services.fail_freeze(worker, dataset=frozen, code="late", message="Late.")
        assert same.state == DatasetState.FROZEN
        with pytest.raises(IllegalTransition):
            services.freeze(alice, dataset=frozen)


@pytest.mark.parametrize(
    "change",
    [
        lambda frozen: Dataset.objects.filter(pk=frozen.pk).update(name=""),
        lambda frozen: Dataset.objects.filter(pk=frozen.pk).update(content_hash="0" * 64),
        lambda frozen: Dataset.objects.filter(pk=frozen.pk).update(
            state="failed", content_hash="", manifest=None
        ),
        lambda frozen: DatasetClip.objects.filter(dataset=frozen).delete(),
        lambda frozen: DatasetClip.objects.filter(dataset=frozen, position=0).update(position=9),
        lambda frozen: frozen.delete(),
        lambda frozen: DatasetClip.objects.create(
            tenant=frozen.tenant,
            dataset=frozen,
            segment=frozen.clips.first().segment,
            position=99,
        ),
    ],
    ids=["name", "hash", "thaw", "remove clips", "move a clip", "delete", "add a clip"],
)
def test_the_database_lets_nothing_of_a_frozen_dataset_change(
    cast: Cast, speaker: Speaker, change: object
) -> None:
    frozen = make_frozen(cast, speaker)
    assert callable(change)
    with (
        cast.alice.scope(),
        pytest.raises(DatabaseError, match="frozen dataset cannot change"),
        transaction.atomic(),
    ):
        change(frozen)


def test_a_recording_in_a_frozen_dataset_is_kept(cast: Cast, speaker: Speaker) -> None:
    frozen = make_frozen(cast, speaker)
    with cast.alice.scope() as alice:
        recording = Recording.objects.get()
        with pytest.raises(Conflict, match=frozen.public_id) as refusal:
            services.delete_recording(alice, recording=recording)
    assert refusal.value.code == "recording_in_dataset"


def test_an_emptied_draft_cannot_be_frozen(cast: Cast, speaker: Speaker) -> None:
    draft = make_draft(cast, speaker)
    with cast.alice.scope() as alice:
        services.delete_recording(alice, recording=Recording.objects.get())
        with pytest.raises(Invalid, match="empty"):
            services.freeze(alice, dataset=draft)


def test_datasets_are_found_by_voice_and_state(cast: Cast, speaker: Speaker) -> None:
    draft = make_draft(cast, speaker)
    with cast.carol.scope() as carol:
        assert list(selectors.datasets(carol, speaker=speaker, state="draft")) == [draft]
        assert not selectors.datasets(carol, state="frozen").exists()
        assert selectors.get_dataset(carol, draft.public_id) == draft
    with cast.bob.scope() as bob:
        assert not selectors.datasets(bob).exists()


def test_only_the_chosen_clips_are_frozen_and_each_decision_is_kept(
    cast: Cast, speaker: Speaker
) -> None:
    recording = make_accepted(cast.alice, speaker, clips=3)
    with cast.alice.scope() as alice:
        draft = services.create_dataset(
            alice, speaker=speaker, name="Best", recordings=[recording], target_ms=60_000
        )
        draft = services.freeze(alice, dataset=draft)
    everything = manifest_of(cast, draft)
    decisions = ({"segment": "seg_1", "is_chosen": True, "reason": "brings a1"},)
    best = replace(everything, clip_sha256s=everything.clip_sha256s[:2], selection=decisions)
    with cast.alice.scope() as alice:
        frozen = services.finish_freeze(alice, dataset=draft, frozen=best)
        assert selectors.clips(alice, dataset=frozen).count() == 2
    assert (frozen.clip_count, frozen.duration_ms) == (2, 8_000)
    assert frozen.coverage == {"zh": {"share": 0.5}}
    assert frozen.selection == list(decisions)


def test_three_seconds_make_no_voice_and_it_says_so(cast: Cast, speaker: Speaker) -> None:
    short = make_segment(cast.alice)
    short = replace(short, end_ms=short.start_ms + 2_900)
    recording = finish(cast.alice, make_recording(cast.alice, speaker), short)
    with pytest.raises(Invalid, match=r"2\.9 s of usable speech; a voice needs at least 4 s"):
        make_draft(cast, speaker, recording)
