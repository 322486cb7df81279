"""Asking for speech: who may, with which version, by what right, and what is recorded."""

from __future__ import annotations

import pytest

from tests.factories import (
    Cast,
    let,
    make_approved,
    make_candidate,
    make_consent,
    make_request,
    make_speaker,
    make_voice,
)
from voiceassets.assets import selectors, services
from voiceassets.assets.delivery import MAX_CHARACTERS, Delivery
from voiceassets.assets.models import Asset, SynthesisRequest
from voiceassets.audit.models import Event
from voiceassets.consent import services as consents
from voiceassets.consent.gate import ConsentRefused
from voiceassets.core.errors import Conflict, Invalid, NotAllowed, NotFound, Refused
from voiceassets.jobs.models import Job
from voiceassets.registry import services as registry
from voiceassets.registry.gate import VersionRefused
from voiceassets.speakers import services as speakers

pytestmark = pytest.mark.django_db


def test_a_writer_asks_and_gets_a_job_an_asset_and_one_event(cast: Cast) -> None:
    speaker, consent = make_voice(cast)
    with cast.bob.scope() as bob:
        request = services.request_synthesis(bob, speaker=speaker, text=" 你好。 ", language="zh")
        job = Job.objects.get(subject_id=request.pk)
        (event,) = Event.objects.filter(object_id=request.public_id)
        assert request.asset.state == "generating"
    assert (request.text, request.consent, request.preview) == ("你好。", consent, False)
    assert (job.kind, job.queue) == ("synthesize", "interactive")
    assert event.action == "synthesis.requested"
    assert event.data["characters"] == 3
    assert "你好" not in str(event.data)


def test_a_batch_waits_in_its_own_queue(cast: Cast) -> None:
    speaker, _ = make_voice(cast)
    with cast.bob.scope() as bob:
        request = services.request_synthesis(
            bob, speaker=speaker, text="你好。", language="zh", batch=True
        )
        assert Job.objects.get(subject_id=request.pk).queue == "batch"


def test_a_seed_is_settled_when_it_is_asked_for(cast: Cast) -> None:
    speaker, _ = make_voice(cast)
    with cast.bob.scope() as bob:
        drawn = services.request_synthesis(bob, speaker=speaker, text="你好。")
        given = services.request_synthesis(
            bob, speaker=speaker, text="你好。", delivery=Delivery(seed=7, speed=1.1)
        )
    assert isinstance(drawn.settings["seed"], int)
    assert given.settings == {"speed": 1.1, "seed": 7}


@pytest.mark.parametrize(
    "delivery",
    [
        Delivery(speed=0.1),
        Delivery(speed=float("nan")),
        Delivery(top_p=1.5),
        Delivery(temperature=float("inf")),
        Delivery(seed=-1),
        Delivery(top_k=0),
    ],
    ids=str,
)
def test_settings_out_of_range_are_refused(cast: Cast, delivery: Delivery) -> None:
    speaker, _ = make_voice(cast)
    with cast.bob.scope() as bob, pytest.raises(Invalid, match="must lie between"):
        services.request_synthesis(bob, speaker=speaker, text="你好。", delivery=delivery)


@pytest.mark.parametrize("text", ["", "  \n", "x" * (MAX_CHARACTERS + 1), "a\0b"])
def test_text_that_cannot_be_spoken_is_refused(cast: Cast, text: str) -> None:
    speaker, _ = make_voice(cast)
    with cast.bob.scope() as bob, pytest.raises(Invalid):
        services.request_synthesis(bob, speaker=speaker, text=text)


def test_an_unknown_format_is_refused(cast: Cast) -> None:
    speaker, _ = make_voice(cast)
    with cast.bob.scope() as bob, pytest.raises(Invalid, match="wav, mp3"):
        services.request_synthesis(bob, speaker=speaker, text="你好。", format="exe")


def test_a_voice_without_an_approved_version_does_not_speak(cast: Cast) -> None:
    speaker = make_speaker(cast.alice)
    make_consent(cast.alice, speaker)
    candidate = make_candidate(cast.alice, speaker)
    let(cast.alice, speaker, cast.bob, "use")
    with cast.bob.scope() as bob:
        with pytest.raises(VersionRefused, match="no approved version"):
            services.request_synthesis(bob, speaker=speaker, text="你好。")
        with pytest.raises(VersionRefused, match="candidate"):
            services.request_synthesis(bob, speaker=speaker, text="你好。", version=candidate)


def test_a_candidate_is_previewed_by_somebody_who_approves(cast: Cast) -> None:
    speaker = make_speaker(cast.alice)
    make_consent(cast.alice, speaker)
    candidate = make_candidate(cast.alice, speaker)
    with cast.dora.scope() as dora:
        request = services.request_synthesis(
            dora, speaker=speaker, text="你好。", version=candidate
        )
    assert request.preview


def test_a_version_of_another_speaker_is_refused(cast: Cast) -> None:
    speaker, _ = make_voice(cast)
    other = make_speaker(cast.alice, name="Other")
    make_consent(cast.alice, other)
    foreign = make_approved(cast.alice, cast.dora, other)
    with cast.bob.scope() as bob, pytest.raises(Invalid, match="another speaker"):
        services.request_synthesis(bob, speaker=speaker, text="你好。", version=foreign)


def test_a_refusal_leaves_nothing_but_what_the_door_records(cast: Cast) -> None:
    speaker, consent = make_voice(cast)
    with cast.bob.scope() as bob:
        consents.revoke(cast.alice.actor, consent=consent, reason="She left.")
        before = Event.objects.count()
        with pytest.raises(Refused) as refusal:
            services.request_synthesis(bob, speaker=speaker, text="你好。")
        assert refusal.value.code == "consent_revoked"
        assert (SynthesisRequest.objects.count(), Event.objects.count()) == (0, before)
        services.record_refusal(bob, speaker=speaker, code=refusal.value.code)
        (event,) = Event.objects.filter(action="synthesis.refused")
    assert (event.object_id, event.data) == (speaker.public_id, {"code": "consent_revoked"})


def test_a_consent_to_some_languages_asks_for_the_language(cast: Cast) -> None:
    speaker = make_speaker(cast.alice)
    make_consent(cast.alice, speaker, languages=["zh"])
    make_approved(cast.alice, cast.dora, speaker)
    with cast.alice.scope() as alice:
        services.request_synthesis(alice, speaker=speaker, text="你好。", language="zh")
        for language in ("auto", "en"):
            with pytest.raises(ConsentRefused, match="does not cover the language"):
                services.request_synthesis(alice, speaker=speaker, text="Hello.", language=language)


def test_speaking_after_the_training_consent_was_revoked_is_refused_before_any_cascade(
    cast: Cast,
) -> None:
    """A new consent does not heal a voice that was trained under one she took back."""
    speaker, consent = make_voice(cast)
    with cast.alice.scope() as alice:
        consents.revoke(alice, consent=consent, reason="She left.")
    make_consent(cast.alice, speaker)
    with cast.bob.scope() as bob, pytest.raises(ConsentRefused) as refusal:
        services.request_synthesis(bob, speaker=speaker, text="你好。")
    assert refusal.value.code == "consent_revoked"


def test_seeing_a_voice_is_not_using_it_and_hiding_is_not_existing(cast: Cast) -> None:
    speaker, _ = make_voice(cast)
    with cast.alice.scope() as alice:
        speakers.withdraw(alice, speaker=speaker, from_=cast.bob.user, verbs=["use"])
    with cast.bob.scope() as bob, pytest.raises(NotAllowed):
        services.request_synthesis(bob, speaker=speaker, text="你好。")
    with cast.alice.scope() as alice:
        speakers.withdraw(alice, speaker=speaker, from_=cast.bob.user)
    with cast.bob.scope() as bob, pytest.raises(NotFound):
        services.request_synthesis(bob, speaker=speaker, text="你好。")
    with cast.mallory.scope() as mallory, pytest.raises(NotFound):
        services.request_synthesis(mallory, speaker=speaker, text="你好。")


def test_an_auditor_asks_for_nothing(cast: Cast) -> None:
    speaker, _ = make_voice(cast)
    with cast.carol.scope() as carol, pytest.raises(NotAllowed):
        services.request_synthesis(carol, speaker=speaker, text="你好。")


def test_an_archived_voice_does_not_speak(cast: Cast) -> None:
    speaker, _ = make_voice(cast)
    with cast.alice.scope() as alice:
        archived = speakers.archive_speaker(alice, speaker=speaker)
        with pytest.raises(Conflict, match="archived"):
            services.request_synthesis(alice, speaker=archived, text="你好。")


def test_requests_and_assets_of_hidden_voices_do_not_exist(cast: Cast) -> None:
    speaker, _ = make_voice(cast)
    request = make_request(cast.bob, speaker)
    with cast.alice.scope() as alice:
        asset = Asset.objects.get(request=request)
        speakers.withdraw(alice, speaker=speaker, from_=cast.bob.user)
    for person in (cast.bob, cast.mallory):
        with person.scope() as actor:
            with pytest.raises(NotFound):
                selectors.get_request(actor, request.public_id)
            with pytest.raises(NotFound):
                selectors.get_asset(actor, asset.public_id)
            assert not selectors.requests(actor).exists()
            assert not selectors.assets(actor).exists()
    with cast.carol.scope() as carol:
        assert selectors.get_request(carol, request.public_id) == request
        assert list(selectors.assets(carol, speaker=speaker, state="generating")) == [asset]


def test_a_retired_version_is_not_chosen(cast: Cast) -> None:
    speaker, _ = make_voice(cast)
    second = make_approved(cast.alice, cast.dora, speaker)
    assert make_request(cast.bob, speaker).version_id == second.pk
    with cast.dora.scope() as dora:
        registry.retire(dora, version=second)
    with pytest.raises(VersionRefused):
        make_request(cast.bob, speaker)
