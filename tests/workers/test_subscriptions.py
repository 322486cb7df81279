"""What follows from a decision elsewhere: at least once, and no harm when it comes twice."""

from __future__ import annotations

import pytest

from tests.corpus.things import make_recording
from tests.factories import Cast, make_asset, make_request, make_speaker, make_voice
from tests.workers.things import ask, asset_of, claim, deliver, event_of, expire, reread
from voiceassets.assets.models import Asset
from voiceassets.audit import sealer
from voiceassets.audit.actions import Action
from voiceassets.audit.models import Event
from voiceassets.consent import services as consents
from voiceassets.core.context import tenant_scope
from voiceassets.corpus import services as corpus
from voiceassets.corpus.models import Recording
from voiceassets.jobs import leases, services, sweeper
from voiceassets.jobs.models import Job
from voiceassets.workers import subscriptions

pytestmark = pytest.mark.django_db


def poison(job: Job) -> None:
    for _ in range(leases.MAX_ATTEMPTS):
        claim(job)
        expire(job)
    sweeper.sweep()


def recording_of(cast: Cast, recording: Recording) -> Recording:
    with cast.alice.scope():
        return Recording.objects.get(pk=recording.pk)


def test_the_asset_of_a_poison_job_fails_with_it(cast: Cast) -> None:
    job = ask(cast)
    poison(job)
    assert asset_of(cast, job).state == "generating"
    deliver()
    assert (asset_of(cast, job).state, asset_of(cast, job).reason) == ("failed", "poison")


def test_the_asset_of_a_job_cancelled_in_its_queue_fails_with_it(cast: Cast) -> None:
    job = ask(cast)
    with cast.alice.scope() as alice:
        services.cancel(alice, job=job)
    deliver()
    assert (asset_of(cast, job).state, asset_of(cast, job).reason) == ("failed", "cancelled")


def test_a_recording_whose_preparation_was_given_up_can_be_prepared_again(cast: Cast) -> None:
    recording = make_recording(cast.alice, make_speaker(cast.alice))
    assert recording.job is not None
    poison(recording.job)
    deliver()
    failed = recording_of(cast, recording)
    assert failed.state == "failed"
    assert failed.failure is not None
    assert failed.failure["code"] == "poison"
    with cast.alice.scope() as alice:
        corpus.prepare_again(alice, recording=failed)
    # The same event once more, as after a crash: the recording waits for its new job now.
    subscriptions.abandon_subject_of(event_of(cast, Action.JOB_FAILED))
    assert recording_of(cast, recording).state == "uploaded"


def test_it_leaves_to_the_worker_what_the_worker_ended(cast: Cast) -> None:
    job = ask(cast)
    lease = claim(job)
    with tenant_scope(lease.tenant_id):
        leases.fail(lease, code="bad_audio", message="There is no sound in it.")
    deliver()
    assert asset_of(cast, job).state == "generating", "the worker says so in its own transaction"


def test_a_revocation_withdraws_what_was_made_and_stops_what_is_being_made(cast: Cast) -> None:
    speaker, consent = make_voice(cast)
    released = make_asset(cast.bob, speaker)
    waiting = make_request(cast.bob, speaker)
    assert waiting.job is not None
    with cast.alice.scope() as alice:
        consents.revoke(alice, consent=consent, reason="She asked for it.")
    deliver()
    subscriptions.withdraw_what_rests_on(event_of(cast, Action.CONSENT_REVOKED))
    with cast.alice.scope():
        assert Asset.objects.get(pk=released.pk).state == "revoked"
        assert Asset.objects.get(request=waiting).state == "refused"
        assert Event.objects.filter(action=Action.ASSET_REVOKED).count() == 1
    assert reread(waiting.job).state == "cancelled"


def test_an_event_that_could_not_be_handled_comes_again_before_any_later_one(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    broken = True

    def handle(event: Event) -> None:
        seen.append(event.action)
        if broken:
            raise ConnectionError("the first time")

    actions = frozenset({Action.SPEAKER_CREATED})
    monkeypatch.setitem(subscriptions.SUBSCRIPTIONS, "tests", (actions, handle))
    subscriptions.deliver("tests")
    make_speaker(cast.alice)
    make_speaker(cast.alice, name="Second")
    sealer.seal_pending()
    with pytest.raises(ConnectionError):
        subscriptions.deliver("tests")
    broken = False
    assert subscriptions.deliver("tests") == 2
    assert seen == ["speaker.created"] * 3
    assert subscriptions.deliver("tests") == 0
