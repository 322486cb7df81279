"""Four eyes, one approved version a voice, and what a revocation takes with it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from tests.factories import (
    OPERATOR,
    Cast,
    Person,
    let,
    make_approved,
    make_candidate,
    make_consent,
    make_finetune,
    make_speaker,
)
from voiceassets.audit.models import Event
from voiceassets.consent import services as consents
from voiceassets.consent.gate import ConsentRefused
from voiceassets.core.errors import DomainError, Invalid, NotAllowed
from voiceassets.core.states import IllegalTransition
from voiceassets.jobs.models import Job
from voiceassets.registry import gate, selectors, services
from voiceassets.registry.gate import VersionRefused
from voiceassets.registry.models import Approval, ModelVersion
from voiceassets.speakers.models import Speaker

pytestmark = pytest.mark.django_db


@pytest.fixture
def speaker(cast: Cast) -> Speaker:
    speaker = make_speaker(cast.alice)
    make_consent(cast.alice, speaker)
    return speaker


def states(cast: Cast) -> list[str]:
    with cast.alice.scope():
        return list(ModelVersion.objects.order_by("number").values_list("state", flat=True))


def test_a_second_person_approves(cast: Cast, speaker: Speaker) -> None:
    version = make_candidate(cast.alice, speaker)
    with cast.dora.scope() as dora:
        approved = services.approve(dora, version=version, reason="Clear.")
        assert selectors.production_version(speaker) == approved
        (judgement,) = Approval.objects.all()
    assert (approved.state, judgement.approver_id) == ("approved", cast.dora.user.pk)


def test_nobody_approves_what_they_asked_for_not_even_the_owner(
    cast: Cast, speaker: Speaker
) -> None:
    version = make_candidate(cast.alice, speaker)
    with cast.alice.scope() as alice, pytest.raises(NotAllowed) as refusal:
        services.approve(alice, version=version)
    assert refusal.value.code == "four_eyes"
    assert states(cast) == ["candidate"]


def test_the_database_knows_four_eyes_too(cast: Cast, speaker: Speaker) -> None:
    version = make_candidate(cast.alice, speaker)
    with (
        cast.alice.scope(),
        pytest.raises(IntegrityError, match="registry_four_eyes"),
        transaction.atomic(),
    ):
        Approval.objects.create(
            tenant=cast.alice.tenant,
            version=version,
            decision="approved",
            approver=cast.alice.user,
            requested_by=cast.alice.user,
        )


def test_a_judgement_is_never_changed(cast: Cast, speaker: Speaker) -> None:
    make_approved(cast.alice, cast.dora, speaker)
    with (
        cast.alice.scope(),
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
    ):
        Approval.objects.update(decision="rejected")


def test_a_program_alone_approves_nothing(cast: Cast, speaker: Speaker) -> None:
    version = make_candidate(cast.alice, speaker)
    with cast.alice.scope(), pytest.raises(NotAllowed, match="person"):
        services.approve(OPERATOR, version=version)


def test_writers_and_auditors_judge_nothing(cast: Cast, speaker: Speaker) -> None:
    version = make_candidate(cast.alice, speaker)
    let(cast.alice, speaker, cast.bob, "manage")
    for person in (cast.bob, cast.carol):
        with person.scope() as actor:
            with pytest.raises(NotAllowed):
                services.approve(actor, version=version)
            with pytest.raises(NotAllowed):
                services.reject(actor, version=version, reason="No.")
            with pytest.raises(NotAllowed):
                services.retire(actor, version=version)


def test_a_new_approval_retires_the_one_before_in_one_event(cast: Cast, speaker: Speaker) -> None:
    first = make_approved(cast.alice, cast.dora, speaker)
    make_approved(cast.alice, cast.dora, speaker)
    assert states(cast) == ["retired", "approved"]
    with cast.alice.scope():
        event = Event.objects.filter(action="version.approved").latest("seq")
        assert not Event.objects.filter(action="version.retired").exists()
    assert event.data["retired"] == first.public_id


def test_a_retired_version_may_be_approved_again(cast: Cast, speaker: Speaker) -> None:
    first = make_approved(cast.alice, cast.dora, speaker)
    make_approved(cast.alice, cast.dora, speaker)
    with cast.dora.scope() as dora:
        services.approve(dora, version=first, override="The new one is hoarse.")
    assert states(cast) == ["approved", "retired"]


def test_a_failed_approval_leaves_the_approved_one_in_place(cast: Cast, speaker: Speaker) -> None:
    make_approved(cast.alice, cast.dora, speaker)
    rejected = make_candidate(cast.alice, speaker)
    with cast.dora.scope() as dora:
        services.reject(dora, version=rejected, reason="Hoarse.")
        with pytest.raises(IllegalTransition):
            services.approve(dora, version=rejected)
    assert states(cast) == ["approved", "rejected"]


def test_the_database_allows_one_approved_version_a_voice(cast: Cast, speaker: Speaker) -> None:
    make_approved(cast.alice, cast.dora, speaker)
    second = make_candidate(cast.alice, speaker)
    with (
        cast.alice.scope(),
        pytest.raises(IntegrityError, match="registry_one_approved_version"),
        transaction.atomic(),
    ):
        ModelVersion.objects.filter(pk=second.pk).update(state="approved")


def test_a_rejection_says_why(cast: Cast, speaker: Speaker) -> None:
    version = make_candidate(cast.alice, speaker)
    with cast.dora.scope() as dora, pytest.raises(Invalid, match="why"):
        services.reject(dora, version=version, reason="  ")


def test_who_asked_for_a_version_may_reject_it(cast: Cast, speaker: Speaker) -> None:
    version = make_candidate(cast.alice, speaker)
    with cast.alice.scope() as alice:
        assert services.reject(alice, version=version, reason="Hoarse.").state == "rejected"


def test_a_retired_version_does_not_speak(cast: Cast, speaker: Speaker) -> None:
    version = make_approved(cast.alice, cast.dora, speaker)
    with cast.dora.scope() as dora:
        gate.require_speaking(version, lock=True)
        services.retire(dora, version=version)
        assert selectors.production_version(speaker) is None
        with pytest.raises(VersionRefused, match="retired and may not speak"):
            gate.require_speaking(version)


def test_a_candidate_speaks_only_in_a_preview(cast: Cast, speaker: Speaker) -> None:
    version = make_candidate(cast.alice, speaker)
    with cast.alice.scope():
        assert gate.require_speaking(version, preview=True) == version
        with pytest.raises(VersionRefused):
            gate.require_speaking(version)


def test_a_revocation_takes_its_versions_and_stops_its_training(
    cast: Cast, speaker: Speaker
) -> None:
    make_approved(cast.alice, cast.dora, speaker)
    make_candidate(cast.alice, speaker)
    rejected = make_candidate(cast.alice, speaker)
    waiting = make_finetune(cast.alice, speaker)
    with cast.dora.scope() as dora:
        services.reject(dora, version=rejected, reason="Hoarse.")
        consent = consents.revoke(dora, consent=waiting.consent, reason="She left.")
        revoked = services.revoke_versions_of(OPERATOR, consent=consent)
        assert len(revoked) == 2
        assert services.revoke_versions_of(OPERATOR, consent=consent) == []
        assert Job.objects.get(subject_id=waiting.pk).state == "cancelled"
        assert Event.objects.filter(action="version.revoked").count() == 2
    assert states(cast) == ["revoked", "revoked", "rejected"]


def test_a_revoked_consent_spares_versions_trained_under_another(
    cast: Cast, speaker: Speaker
) -> None:
    version = make_candidate(cast.alice, speaker)
    other = make_speaker(cast.alice, name="Other")
    consent = make_consent(cast.alice, other)
    with cast.alice.scope() as alice:
        revoked = consents.revoke(alice, consent=consent, reason="No.")
        assert services.revoke_versions_of(OPERATOR, consent=revoked) == []
        gate.require_speaking(version, preview=True)


def test_a_version_whose_consent_was_revoked_cannot_be_approved(
    cast: Cast, speaker: Speaker
) -> None:
    """Also in the moment before the cascade has reached it."""
    version = make_candidate(cast.alice, speaker)
    with cast.dora.scope() as dora:
        consents.revoke(dora, consent=version.consent, reason="She left.")
        with pytest.raises(ConsentRefused):
            services.approve(dora, version=version)


@pytest.mark.django_db(transaction=True)
def test_of_two_approvals_at_once_exactly_one_version_stays_approved(cast: Cast) -> None:
    speaker = make_speaker(cast.alice)
    make_consent(cast.alice, speaker)
    versions = [make_candidate(cast.alice, speaker) for _ in range(2)]
    start = Barrier(2)

    def judge(person: Person, version: ModelVersion) -> None:
        start.wait()
        try:
            with person.scope() as actor:
                services.approve(actor, version=version, override="Both sound well.")
        except DomainError as error:
            raise AssertionError(error.message) from error
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(judge, [cast.dora, cast.dora], versions))
    assert sorted(states(cast)) == ["approved", "retired"]
