"""Evaluations: asked for, made every night, kept, and held against a promotion."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories import (
    Cast,
    make_approved,
    make_candidate,
    make_consent,
    make_evaluation,
    make_speaker,
)
from voiceassets.audit.models import Event
from voiceassets.core.context import platform_scope
from voiceassets.core.errors import Conflict, NotAllowed
from voiceassets.jobs.models import Job
from voiceassets.registry import selectors, services
from voiceassets.registry.models import Approval, ModelVersion
from voiceassets.speakers.models import Speaker

pytestmark = pytest.mark.django_db


@pytest.fixture
def speaker(cast: Cast) -> Speaker:
    speaker = make_speaker(cast.alice)
    make_consent(cast.alice, speaker)
    return speaker


def code_of_refusal(cast: Cast, version: ModelVersion) -> str:
    with cast.dora.scope() as dora, pytest.raises(Conflict) as refusal:
        services.approve(dora, version=version, reason="Clear.")
    return refusal.value.code


def test_a_first_version_is_promoted_without_a_comparison(cast: Cast, speaker: Speaker) -> None:
    version = make_candidate(cast.alice, speaker)
    make_evaluation(cast.alice, version)
    with cast.dora.scope() as dora:
        assert services.approve(dora, version=version).state == "approved"


def test_a_version_must_have_met_the_one_in_use(cast: Cast, speaker: Speaker) -> None:
    first = make_approved(cast.alice, cast.dora, speaker)
    second = make_candidate(cast.alice, speaker)
    assert code_of_refusal(cast, second) == "not_compared"
    make_evaluation(cast.alice, second, against=first)
    with cast.dora.scope() as dora:
        services.approve(dora, version=second)
    # The first one met the second only as the weaker side of that comparison.
    assert code_of_refusal(cast, first) == "not_compared"


def test_a_fall_is_an_alert_and_blocks_until_somebody_takes_the_blame(
    cast: Cast, speaker: Speaker
) -> None:
    first = make_approved(cast.alice, cast.dora, speaker)
    second = make_candidate(cast.alice, speaker)
    evaluation = make_evaluation(cast.alice, second, against=first, falls=("similarity",))
    with cast.alice.scope():
        alert = Event.objects.get(action="version.fell")
    assert alert.object_id == second.public_id
    assert alert.data["measures"] == ["similarity"]
    assert alert.data["evaluation"] == evaluation.public_id
    assert code_of_refusal(cast, second) == "worse_than_before"
    with cast.dora.scope() as dora:
        services.approve(dora, version=second, reason="Clear.", override="A new microphone.")
        approved = Event.objects.filter(action="version.approved").latest("seq")
        judgement = Approval.objects.get(version=second)
    assert approved.data["overridden"] == "worse_than_before"
    assert judgement.reason == "Clear. A new microphone."


def test_a_later_evaluation_lifts_the_block(cast: Cast, speaker: Speaker) -> None:
    version = make_candidate(cast.alice, speaker)
    make_evaluation(cast.alice, version, falls=("faulty",))
    assert code_of_refusal(cast, version) == "worse_than_before"
    make_evaluation(cast.alice, version, occasion="asked")
    with cast.dora.scope() as dora:
        services.approve(dora, version=version)


def test_voices_in_use_are_evaluated_once_a_night(cast: Cast, speaker: Speaker) -> None:
    version = make_approved(cast.alice, cast.dora, speaker)
    make_candidate(cast.alice, speaker)
    assert services.submit_nightly() == 0  # made since last night
    tomorrow = timezone.now() + timedelta(days=1)
    assert services.submit_nightly(tomorrow) == 1
    with platform_scope():
        job = Job.objects.get(kind="evaluate")
        assert (job.subject_id, job.queue, job.state) == (version.pk, "train", "queued")
        Job.objects.filter(pk=job.pk).update(
            created_at=tomorrow, finished_at=tomorrow, state="failed"
        )
    assert services.submit_nightly(tomorrow) == 0
    with cast.alice.scope():
        make_night = Event.objects.get(action="evaluation.requested")
    assert make_night.actor_id == "nightly-evaluation"


def test_nights_are_compared_with_what_people_saw(cast: Cast, speaker: Speaker) -> None:
    version = make_candidate(cast.alice, speaker)
    seen = make_evaluation(cast.alice, version)
    make_evaluation(cast.alice, version, occasion="nightly", falls=("faulty",))
    with cast.alice.scope():
        assert selectors.baseline(version) == seen


def test_an_evaluation_is_asked_for_once_at_a_time_and_by_who_may_judge(
    cast: Cast, speaker: Speaker
) -> None:
    version = make_candidate(cast.alice, speaker)
    with cast.dora.scope() as dora:
        services.request_evaluation(dora, version=version)
        with pytest.raises(Conflict, match="being evaluated"):
            services.request_evaluation(dora, version=version)
    with cast.carol.scope() as carol, pytest.raises(NotAllowed):
        services.request_evaluation(carol, version=version)
