"""Renewals, notice, and the revocation of what was renewed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.factories import Cast, make_consent, make_speaker
from voiceassets.audit.models import Event
from voiceassets.consent import gate, services
from voiceassets.consent.gate import ConsentRefused
from voiceassets.consent.models import ConsentRecord
from voiceassets.core.errors import Conflict, Invalid
from voiceassets.speakers.models import Speaker

pytestmark = pytest.mark.django_db

NOW = datetime.now(UTC)
DAY = timedelta(days=1)


def state_of(cast: Cast, consent: ConsentRecord) -> str:
    with cast.alice.scope():
        return ConsentRecord.objects.get(pk=consent.pk).state


def let_days_pass(cast: Cast, consent: ConsentRecord, days: int) -> None:
    """Move the consent into the past, term, end and all."""
    with cast.alice.scope():
        row = ConsentRecord.objects.get(pk=consent.pk)
        moved = {
            name: value - days * DAY
            for name in ("valid_from", "valid_until", "ends_at")
            if (value := getattr(row, name)) is not None
        }
        ConsentRecord.objects.filter(pk=row.pk).update(**moved)


@pytest.fixture
def speaker(cast: Cast) -> Speaker:
    return make_speaker(cast.alice)


def test_a_renewal_takes_over_at_once(cast: Cast, speaker: Speaker) -> None:
    old = make_consent(cast.alice, speaker)
    new = make_consent(cast.alice, speaker, supersedes=old)
    assert state_of(cast, old) == "superseded"
    with cast.alice.scope():
        assert gate.require(speaker, "train") == new
        assert gate.require_unrevoked(old) == old, "what was made under it stands"
        (event,) = Event.objects.filter(action="consent.superseded")
    assert (event.object_id, event.data["by"]) == (old.public_id, new.public_id)


def test_a_renewal_for_later_leaves_the_old_one_in_force_until_then(
    cast: Cast, speaker: Speaker
) -> None:
    old = make_consent(cast.alice, speaker, valid_until=NOW + 9 * DAY)
    new = make_consent(cast.alice, speaker, supersedes=old, valid_from=NOW + 5 * DAY)
    with cast.alice.scope():
        assert gate.require(speaker, "train") == old
        assert gate.require(speaker, "train", at=NOW + 5 * DAY) == new
    assert (state_of(cast, old), services.expire_due()) == ("active", 0)
    let_days_pass(cast, old, 6)
    assert services.expire_due() == 1
    assert state_of(cast, old) == "superseded"


def test_a_renewal_begins_after_what_it_renews(cast: Cast, speaker: Speaker) -> None:
    old = make_consent(cast.alice, speaker)
    with pytest.raises(Invalid):
        make_consent(cast.alice, speaker, supersedes=old, valid_from=NOW - DAY)
    other = make_consent(cast.alice, make_speaker(cast.alice, name="Other"))
    with pytest.raises(Invalid):
        make_consent(cast.alice, speaker, supersedes=other)


def test_a_revoked_consent_is_not_renewed(cast: Cast, speaker: Speaker) -> None:
    old = make_consent(cast.alice, speaker)
    with cast.alice.scope() as alice:
        revoked = services.revoke(alice, consent=old, reason="She left.")
    with pytest.raises(Conflict) as refusal:
        make_consent(cast.alice, speaker, supersedes=revoked)
    assert refusal.value.code == "consent_not_renewable"


def test_revoking_a_renewal_revokes_what_it_renewed(cast: Cast, speaker: Speaker) -> None:
    first = make_consent(cast.alice, speaker)
    second = make_consent(cast.alice, speaker, supersedes=first)
    third = make_consent(cast.alice, speaker, supersedes=second)
    with cast.alice.scope() as alice:
        services.revoke(alice, consent=third, reason="She left.")
        revoked = Event.objects.filter(action="consent.revoked").count()
    assert {state_of(cast, consent) for consent in (first, second, third)} == {"revoked"}
    assert revoked == 3


def test_notice_lets_the_voice_speak_until_its_period_has_passed(
    cast: Cast, speaker: Speaker
) -> None:
    consent = make_consent(cast.alice, speaker, notice_days=30)
    with cast.alice.scope() as alice:
        noticed = services.give_notice(alice, consent=consent, reason="She moves on.")
        assert noticed.ends_at is not None
        assert timedelta() < noticed.ends_at - NOW - 30 * DAY < DAY
        assert gate.require(speaker, "train", at=NOW + 30 * DAY) == consent
        with pytest.raises(ConsentRefused):
            gate.require(speaker, "train", at=NOW + 31 * DAY)
        with pytest.raises(Conflict, match="already"):
            services.give_notice(alice, consent=consent, reason="Once more.")
    let_days_pass(cast, consent, 31)
    with cast.alice.scope(), pytest.raises(ConsentRefused):
        gate.require(speaker, "train")
    assert services.expire_due() == 1
    assert state_of(cast, consent) == "revoked"


def test_without_a_notice_period_a_consent_is_revoked_and_not_given_notice(
    cast: Cast, speaker: Speaker
) -> None:
    consent = make_consent(cast.alice, speaker)
    with cast.alice.scope() as alice, pytest.raises(Conflict) as refusal:
        services.give_notice(alice, consent=consent, reason="She moves on.")
    assert refusal.value.code == "no_notice_period"
