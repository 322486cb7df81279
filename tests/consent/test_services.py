"""Recording, activating, revoking and expiring consents."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from tests.factories import Cast, let, make_consent, make_file, make_speaker
from voiceassets.audit.models import Event
from voiceassets.consent import selectors, services
from voiceassets.consent.models import ConsentRecord
from voiceassets.consent.terms import Terms
from voiceassets.core.errors import Conflict, Invalid, NotAllowed, NotFound
from voiceassets.core.states import IllegalTransition
from voiceassets.speakers import services as speakers
from voiceassets.speakers.models import Speaker
from voiceassets.storage.models import StoredObject
from voiceassets.storage.services import OnHold, erase

pytestmark = pytest.mark.django_db

NOW = datetime.now(UTC)
DAY = timedelta(days=1)


def record_pending(cast: Cast, speaker: Speaker, terms: Terms | None = None) -> ConsentRecord:
    with cast.alice.scope() as alice:
        return services.record_consent(
            alice,
            speaker=speaker,
            person_name="Xiaoyan Li",
            terms=terms or Terms(purposes=["train", "synthesize"]),
            wording="I agree.",
        )


def attach(cast: Cast, consent: ConsentRecord) -> ConsentRecord:
    evidence, written = make_file(cast.alice.tenant)
    with cast.alice.scope() as alice:
        return services.attach_evidence(alice, consent=consent, evidence=evidence, written=written)


def test_a_consent_waits_for_its_evidence(cast: Cast) -> None:
    pending = record_pending(cast, make_speaker(cast.alice))
    assert pending.state == "pending"
    active = attach(cast, pending)
    assert (active.state, len(active.evidence_sha256)) == ("active", 64)
    with cast.alice.scope():
        actions = list(
            Event.objects.filter(object_id=pending.public_id)
            .order_by("seq")
            .values_list("action", flat=True)
        )
    assert actions == ["consent.recorded", "consent.activated"]
    with pytest.raises(IllegalTransition):
        attach(cast, active)


def test_a_consent_recorded_with_evidence_is_one_event(cast: Cast) -> None:
    consent = make_consent(cast.alice, make_speaker(cast.alice))
    with cast.alice.scope():
        (event,) = Event.objects.filter(object_id=consent.public_id)
    assert (event.action, event.data["state"]) == ("consent.recorded", "active")


def test_the_name_of_the_person_never_enters_the_log(cast: Cast) -> None:
    consent = attach(cast, record_pending(cast, make_speaker(cast.alice)))
    with cast.alice.scope() as alice:
        services.revoke(alice, consent=consent, reason="Xiaoyan Li called us.")
        log = str(list(Event.objects.values_list("data", flat=True)))
    assert "Xiaoyan" not in log
    assert "I agree" not in log


def test_evidence_is_kept_and_cannot_be_erased(cast: Cast) -> None:
    consent = make_consent(cast.alice, make_speaker(cast.alice))
    with cast.alice.scope() as alice:
        evidence = StoredObject.objects.get(sha256=consent.evidence_sha256)
        assert (evidence.state, evidence.sha256) == ("live", consent.evidence_sha256)
        with pytest.raises(OnHold):
            erase(alice, evidence)


def test_two_consents_of_a_speaker_are_not_active_at_once(cast: Cast) -> None:
    speaker = make_speaker(cast.alice)
    first = make_consent(cast.alice, speaker)
    with pytest.raises(Conflict) as refusal:
        make_consent(cast.alice, speaker)
    assert (refusal.value.code, refusal.value.data) == (
        "consent_overlaps",
        {"consent": first.public_id},
    )
    second = record_pending(cast, speaker)
    with pytest.raises(Conflict):
        attach(cast, second)


@pytest.mark.parametrize(
    ("start", "end"),
    [(None, None), (-DAY, None), (-9 * DAY, -4 * DAY), (4 * DAY, None), (-DAY, DAY)],
)
def test_the_database_refuses_overlapping_terms_however_they_come(
    cast: Cast, start: timedelta | None, end: timedelta | None
) -> None:
    speaker = make_speaker(cast.alice)
    make_consent(cast.alice, speaker, valid_from=NOW - 5 * DAY, valid_until=NOW + 5 * DAY)
    later = make_consent(cast.alice, speaker, valid_from=NOW + 5 * DAY)
    with (
        cast.alice.scope(),
        pytest.raises(IntegrityError, match="consent_one_active_at_a_time"),
        transaction.atomic(),
    ):
        ConsentRecord.objects.filter(pk=later.pk).update(
            valid_from=NOW + (start or timedelta()),
            valid_until=None if end is None else NOW + end,
        )


def test_terms_that_only_touch_do_not_overlap(cast: Cast) -> None:
    speaker = make_speaker(cast.alice)
    make_consent(cast.alice, speaker, valid_from=NOW - DAY, valid_until=NOW + DAY)
    make_consent(cast.alice, speaker, valid_from=NOW + DAY, valid_until=NOW + 2 * DAY)
    make_consent(cast.alice, speaker, valid_from=NOW - 2 * DAY, valid_until=NOW - DAY)


def test_speakers_do_not_stand_in_each_others_way(cast: Cast) -> None:
    for number in range(5):
        make_consent(cast.alice, make_speaker(cast.alice, name=f"Voice {number}"))


@pytest.mark.parametrize(
    ("column", "value", "constraint"),
    [
        ("evidence", None, "consent_active_needs_evidence"),
        ("evidence_sha256", "", "consent_active_needs_evidence"),
        ("valid_until", NOW - 9 * DAY, "consent_term_in_order"),
        ("revoked_at", NOW, "consent_revoked_at_iff_revoked"),
        ("state", "revoked", "consent_revoked_at_iff_revoked"),
    ],
)
def test_the_database_keeps_the_rules(
    cast: Cast, column: str, value: object, constraint: str
) -> None:
    consent = make_consent(cast.alice, make_speaker(cast.alice))
    with (
        cast.alice.scope(),
        pytest.raises(IntegrityError, match=constraint),
        transaction.atomic(),
    ):
        ConsentRecord.objects.filter(pk=consent.pk).update(**{column: value})


@pytest.mark.parametrize(
    "terms",
    [
        Terms(purposes=[]),
        Terms(purposes=["everything"]),
        Terms(purposes=["train"], languages=["Chinese"]),
        Terms(purposes=["train"], territories=["China"]),
        Terms(purposes=["train"], channels=["TV!"]),
        Terms(purposes=["train"], valid_from=NOW, valid_until=NOW),
        Terms(purposes=["train"], valid_until=NOW - DAY),
    ],
)
def test_terms_that_mean_nothing_are_refused(cast: Cast, terms: Terms) -> None:
    with pytest.raises(Invalid):
        record_pending(cast, make_speaker(cast.alice), terms)


@pytest.mark.parametrize(("name", "wording"), [(" ", "I agree."), ("Li", " ")])
def test_a_consent_names_the_person_and_the_wording(cast: Cast, name: str, wording: str) -> None:
    speaker = make_speaker(cast.alice)
    with cast.alice.scope() as alice, pytest.raises(Invalid, match="name and the wording"):
        services.record_consent(
            alice,
            speaker=speaker,
            person_name=name,
            terms=Terms(purposes=["train"]),
            wording=wording,
        )


def test_revoking_says_when_and_why_and_is_final(cast: Cast) -> None:
    consent = make_consent(cast.alice, make_speaker(cast.alice))
    with cast.alice.scope() as alice:
        with pytest.raises(Invalid, match="why"):
            services.revoke(alice, consent=consent, reason=" ")
        revoked = services.revoke(alice, consent=consent, reason="She left.")
        assert (revoked.state, revoked.revoke_reason) == ("revoked", "She left.")
        assert revoked.revoked_at is not None
        with pytest.raises(IllegalTransition):
            services.revoke(alice, consent=consent, reason="Again.")
        assert Event.objects.filter(action="consent.revoked").count() == 1


def test_a_pending_consent_can_be_taken_back(cast: Cast) -> None:
    pending = record_pending(cast, make_speaker(cast.alice))
    with cast.alice.scope() as alice:
        assert services.revoke(alice, consent=pending, reason="A mistake.").state == "revoked"


def test_expiry_sweeps_every_tenant_and_records_each(cast: Cast) -> None:
    ours, theirs = (
        make_consent(person, make_speaker(person), valid_from=NOW - 2 * DAY, valid_until=NOW - DAY)
        for person in (cast.alice, cast.mallory)
    )
    stays = make_consent(cast.alice, make_speaker(cast.alice, name="Other"))
    assert services.expire_due() == 2
    assert services.expire_due() == 0
    for person, consent in ((cast.alice, ours), (cast.mallory, theirs)):
        with person.scope():
            assert ConsentRecord.objects.get(pk=consent.pk).state == "expired"
            assert Event.objects.filter(action="consent.expired").count() == 1
    with cast.alice.scope():
        assert ConsentRecord.objects.get(pk=stays.pk).state == "active"


def test_an_archived_speaker_gives_no_new_consent(cast: Cast) -> None:
    speaker = make_speaker(cast.alice)
    with cast.alice.scope() as alice:
        speakers.archive_speaker(alice, speaker=speaker)
    with pytest.raises(Conflict, match="archived"):
        record_pending(cast, speaker)


def test_a_writer_who_may_use_the_voice_neither_records_nor_revokes(cast: Cast) -> None:
    speaker = make_speaker(cast.alice)
    consent = make_consent(cast.alice, speaker)
    let(cast.alice, speaker, cast.bob, "use")
    with cast.bob.scope() as bob, pytest.raises(NotAllowed):
        services.revoke(bob, consent=consent, reason="No.")


def test_consents_of_hidden_voices_and_other_tenants_do_not_exist(cast: Cast) -> None:
    speaker = make_speaker(cast.alice)
    consent = make_consent(cast.alice, speaker)
    for person in (cast.bob, cast.mallory):
        with person.scope() as actor, pytest.raises(NotFound):
            selectors.get_consent(actor, consent.public_id)
    let(cast.alice, speaker, cast.bob, "see")
    with cast.bob.scope() as bob:
        assert selectors.get_consent(bob, consent.public_id) == consent
        assert list(selectors.consents(bob, speaker=speaker, state="active")) == [consent]
        assert not selectors.consents(bob, state="revoked").exists()
