"""Asking for a voice to have another style, and keeping the candidate that has it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.architecture.material import make_recording
from tests.factories import (
    STYLES,
    Cast,
    make_approved,
    make_candidate,
    make_consent,
    make_file,
    make_request,
    make_speaker,
    worker_of,
)
from voiceassets.assets import erasure
from voiceassets.audit.models import Event
from voiceassets.consent import services as consents
from voiceassets.consent.gate import ConsentRefused
from voiceassets.consent.models import ConsentRecord
from voiceassets.core.errors import Conflict, DomainError, Invalid, NotAllowed, NotFound
from voiceassets.corpus import selectors as corpus
from voiceassets.corpus import services as recordings
from voiceassets.corpus.models import Recording, Segment
from voiceassets.jobs import services as jobs
from voiceassets.jobs.kinds import JobKind
from voiceassets.jobs.models import Job
from voiceassets.registry import lineage, services
from voiceassets.registry.lineage import Direction
from voiceassets.registry.models import ModelVersion, StyleChange
from voiceassets.registry.services import Restyled, StyleFacts
from voiceassets.speakers.models import Speaker
from voiceassets.storage.models import Purpose, StoredObject
from voiceassets.workers import subjects

pytestmark = pytest.mark.django_db

CALM = StyleFacts(name="calm", clips=1, timbre_clips=1, duration_ms=4_000)


@pytest.fixture
def speaker(cast: Cast) -> Speaker:
    return make_speaker(cast.alice)


@pytest.fixture
def consent(cast: Cast, speaker: Speaker) -> ConsentRecord:
    return make_consent(cast.alice, speaker)


@pytest.fixture
def version(cast: Cast, speaker: Speaker, consent: ConsentRecord) -> ModelVersion:
    """A version in use that Alice asked for and Dora approved."""
    return make_approved(cast.alice, cast.dora, speaker)


def make_clip(cast: Cast, speaker: Speaker, *, duration_ms: int = 4_000) -> Segment:
    """A segment of an accepted recording of the speaker."""
    recording = make_recording(cast.alice, speaker, state="accepted")
    with cast.alice.scope() as alice:
        (segment,) = Segment.objects.filter(recording=recording)
        Segment.objects.filter(pk=segment.pk).update(end_ms=duration_ms)
        (named,) = corpus.segments_named(alice, [segment.public_id])
        return named


def ask(cast: Cast, version: ModelVersion, *clips: Segment, **how: Any) -> StyleChange:
    with cast.alice.scope() as alice:
        return services.request_style(
            alice, version=version, **{"name": "calm", "clips": clips} | how
        )


def complete(cast: Cast, change: StyleChange) -> ModelVersion:
    """What a worker does when it has written the bundle."""
    bundle, written = make_file(cast.alice.tenant, b"another bundle", purpose=Purpose.BUNDLE)
    with cast.alice.scope():
        return services.complete_style(
            worker_of(cast.alice.tenant),
            change=change,
            bundle=bundle,
            written=written,
            restyled=Restyled(
                bundle_hash=written.sha256, code_version="test", styles=(*STYLES, CALM)
            ),
        )


def test_a_request_is_a_job_and_one_event(
    cast: Cast, speaker: Speaker, version: ModelVersion, consent: ConsentRecord
) -> None:
    change = ask(cast, version, make_clip(cast, speaker))
    with cast.alice.scope():
        job = Job.objects.get(subject_id=change.pk)
        (event,) = Event.objects.filter(object_id=change.public_id)
    assert (job.kind, job.queue, change.job) == ("style", "cpu", job)
    assert event.action == "style.requested"
    assert (event.data["version"], event.data["consent"]) == (version.public_id, consent.public_id)


def test_one_clip_gives_the_manner_and_others_the_timbre(
    cast: Cast, speaker: Speaker, version: ModelVersion
) -> None:
    first, second, third = (make_clip(cast, speaker) for _ in range(3))
    for timbre_clips, expected in (
        (None, [(first, True)]),
        ([], [(first, False)]),
        ([second, third], [(first, False), (second, True), (third, True)]),
        ([second, first], [(first, True), (second, True)]),
    ):
        change = ask(cast, version, first, timbre_clips=timbre_clips)
        with cast.alice.scope():
            rows = change.clips.order_by("position")
            assert [(row.segment, row.timbre) for row in rows] == expected
    change = ask(cast, version, first, second)
    with cast.alice.scope():
        assert all(row.timbre for row in change.clips.all())
    with pytest.raises(Invalid, match="manner of one clip"):
        ask(cast, version, first, second, timbre_clips=[third])


def test_clips_are_usable_and_the_speakers_own(
    cast: Cast, speaker: Speaker, version: ModelVersion
) -> None:
    other, doubtful, left_out = (make_clip(cast, speaker) for _ in range(3))
    with cast.alice.scope():
        Recording.objects.filter(pk=doubtful.recording_id).update(state="needs_review")
        left_out.included = False
    foreign = make_clip(cast, make_speaker(cast.alice, name="Other"))
    long, short = (make_clip(cast, speaker, duration_ms=ms) for ms in (10_001, 2_999))
    for clips, how, error, code in (
        ([foreign], {}, Invalid, "invalid"),
        ([doubtful], {}, Conflict, "recording_not_accepted"),
        ([left_out], {}, Conflict, "segment_left_out"),
        ([long], {}, Invalid, "invalid"),
        ([short], {}, Invalid, "invalid"),
        ([], {}, Invalid, "invalid"),
        ([other], {"name": "Very calm"}, Invalid, "invalid"),
    ):
        with pytest.raises(DomainError) as refusal:
            ask(cast, version, *clips, **how)
        assert (type(refusal.value), refusal.value.code) == (error, code)
    with cast.alice.scope():
        assert not StyleChange.objects.exists()


def test_who_may_not_train_the_voice_or_is_no_person_gives_it_no_style(
    cast: Cast, speaker: Speaker, version: ModelVersion
) -> None:
    clip = make_clip(cast, speaker)
    for actor in (cast.bob.actor, cast.carol.actor, worker_of(cast.alice.tenant)):
        with cast.alice.scope(), pytest.raises(NotAllowed):
            services.request_style(actor, version=version, name="calm", clips=[clip])


def test_without_a_consent_to_train_there_is_no_style(
    cast: Cast, speaker: Speaker, version: ModelVersion, consent: ConsentRecord
) -> None:
    clip = make_clip(cast, speaker)
    with cast.alice.scope():
        ConsentRecord.objects.filter(pk=consent.pk).update(purposes=["synthesize"])
    with pytest.raises(ConsentRefused) as refusal:
        ask(cast, version, clip)
    assert refusal.value.code == "consent_scope"


def test_a_version_goes_on_under_a_renewed_consent_and_no_other(
    cast: Cast, speaker: Speaker, version: ModelVersion, consent: ConsentRecord
) -> None:
    clip = make_clip(cast, speaker)
    with cast.alice.scope():
        ConsentRecord.objects.filter(pk=consent.pk).update(state="expired")
    other = make_consent(cast.alice, speaker)
    with pytest.raises(ConsentRefused) as refusal:
        ask(cast, version, clip)
    assert refusal.value.code == "consent_not_renewed"
    with cast.alice.scope():
        ConsentRecord.objects.filter(pk=other.pk).update(supersedes=consent)
    made = complete(cast, ask(cast, version, clip))
    assert made.consent == consent
    with cast.alice.scope() as alice:
        # The renewal is taken back, and with it what it renewed.
        consents.revoke(alice, consent=ConsentRecord.objects.get(pk=other.pk), reason="She left.")
        with pytest.raises(ConsentRefused):
            services.require_rights(StyleChange.objects.get(version=made))


def test_the_candidate_is_of_the_same_models_and_says_what_it_came_from(
    cast: Cast, speaker: Speaker, version: ModelVersion
) -> None:
    clip = make_clip(cast, speaker)
    change = ask(cast, version, clip)
    made = complete(cast, change)
    assert (made.number, made.state) == (2, "candidate")
    assert [style["name"] for style in made.styles or ()] == ["default", "warm", "calm"]
    assert (made.base_id, made.dataset_id) == (version.base_id, version.dataset_id)
    assert made.metrics == version.metrics
    with cast.alice.scope():
        edges = lineage.walk(made.public_id, Direction.UP)
        direct = {(edge.role, edge.source.id) for edge in edges if edge.depth == 1}
        down = lineage.walk(clip.recording.public_id, Direction.DOWN)
    assert direct >= {
        ("continued_from", version.public_id),
        ("styled_after", clip.public_id),
        ("styled_after", clip.recording.public_id),
        ("asked_for_by", change.public_id),
    }
    assert made.public_id in {edge.target.id for edge in down}
    with pytest.raises(Conflict, match="already"):
        complete(cast, change)


def test_four_eyes_look_at_it_like_at_any_other(
    cast: Cast, speaker: Speaker, version: ModelVersion
) -> None:
    made = complete(cast, ask(cast, version, make_clip(cast, speaker)))
    with cast.alice.scope() as alice, pytest.raises(NotAllowed) as refusal:
        services.approve(alice, version=made, override="Mine.")
    assert refusal.value.code == "four_eyes"
    with cast.dora.scope() as dora:
        with pytest.raises(Conflict) as compared:
            services.approve(dora, version=made)
        assert compared.value.code == "not_compared"
        assert services.approve(dora, version=made, override="I listened.").state == "approved"
        assert ModelVersion.objects.get(pk=version.pk).state == "retired"


def test_a_revocation_stops_the_job_and_nothing_is_kept(
    cast: Cast, speaker: Speaker, version: ModelVersion, consent: ConsentRecord
) -> None:
    change = ask(cast, version, make_clip(cast, speaker))
    with cast.dora.scope() as dora:
        revoked = consents.revoke(dora, consent=consent, reason="She left.")
        services.revoke_versions_of(dora, consent=revoked)
        assert Job.objects.get(pk=change.job_id).state == "cancelled"
    with pytest.raises(ConsentRefused) as refusal:
        complete(cast, change)
    assert refusal.value.code == "consent_revoked"
    with cast.alice.scope() as alice:
        assert ModelVersion.objects.count() == 1
        live = StoredObject.objects.filter(purpose="bundle", state="live")
        assert list(live) == [version.bundle]
        subjects.abandon(
            alice, kind=JobKind.STYLE, subject_id=change.pk, code="consent_revoked", message=""
        )
        (event,) = Event.objects.filter(action="style.refused")
    assert event.object_id == change.public_id


def test_a_recording_that_a_voice_speaks_like_is_kept_with_it(
    cast: Cast, speaker: Speaker, version: ModelVersion
) -> None:
    clip = make_clip(cast, speaker)
    change = ask(cast, version, clip)
    with cast.alice.scope() as alice:
        with pytest.raises(Conflict) as refusal:
            recordings.delete_recording(alice, recording=clip.recording)
        assert refusal.value.code == "recording_in_style"
        jobs.cancel(alice, job=Job.objects.get(pk=change.job_id))
        deleted = recordings.delete_recording(alice, recording=clip.recording)
        assert deleted.state == "deleted"


def test_erasing_a_person_waits_for_the_style_that_is_being_made(
    cast: Cast, speaker: Speaker, version: ModelVersion
) -> None:
    change = ask(cast, version, make_clip(cast, speaker))
    with cast.alice.scope():
        assert change.pk in erasure._subjects(speaker)


def test_a_style_is_taken_away_but_not_the_default_one(cast: Cast, version: ModelVersion) -> None:
    with cast.alice.scope() as alice:
        with pytest.raises(NotFound):
            services.request_removal(alice, version=version, name="gone")
        with pytest.raises(Conflict) as refusal:
            services.request_removal(alice, version=version, name="default")
        assert refusal.value.code == "default_style"
        change = services.request_removal(alice, version=version, name="warm")
        (event,) = Event.objects.filter(object_id=change.public_id)
    assert (change.removes, event.action) == (True, "style.removal_requested")
    assert complete(cast, change).number == 2


def test_a_rejected_version_gets_no_style(
    cast: Cast, speaker: Speaker, consent: ConsentRecord
) -> None:
    candidate = make_candidate(cast.alice, speaker)
    with cast.dora.scope() as dora:
        rejected = services.reject(dora, version=candidate, reason="Hoarse.")
    with pytest.raises(Conflict) as refusal:
        ask(cast, rejected, make_clip(cast, speaker))
    assert refusal.value.code == "version_not_continuable"


def test_an_unknown_style_is_refused_with_those_there_are(
    cast: Cast, speaker: Speaker, version: ModelVersion
) -> None:
    with pytest.raises(Invalid) as refusal:
        make_request(cast.alice, speaker, style="angry")
    assert refusal.value.code == "unknown_style"
    assert refusal.value.data["styles"] == ["default", "warm"]
    assert make_request(cast.alice, speaker, style="warm").style == "warm"


def test_what_was_not_noted_is_noted_once(cast: Cast, version: ModelVersion) -> None:
    with cast.alice.scope():
        services.note_styles(version, [CALM])
        assert len(ModelVersion.objects.get(pk=version.pk).styles or ()) == 2
        ModelVersion.objects.filter(pk=version.pk).update(styles=None)
        services.note_styles(version, [CALM])
        noted = ModelVersion.objects.get(pk=version.pk)
    assert [style["name"] for style in noted.styles or ()] == ["calm"]
