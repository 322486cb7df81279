"""What may be done with a voice on a day: past, present and future, with the evidence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.factories import Cast, make_consent, make_speaker
from voiceassets.consent import rights, services
from voiceassets.consent.models import ConsentRecord
from voiceassets.consent.rights import Verdict
from voiceassets.consent.terms import Use
from voiceassets.core.errors import Invalid, NotFound
from voiceassets.speakers import services as speakers
from voiceassets.speakers.models import Speaker

pytestmark = pytest.mark.django_db

NOW = datetime.now(UTC)
DAY = timedelta(days=1)


def ask(
    cast: Cast, speaker: Speaker, on: datetime | None = None, purpose: str = "train", **use: str
) -> Verdict:
    with cast.carol.scope() as carol:
        return rights.ask(carol, speaker=speaker, purpose=purpose, use=Use(**use), on=on)  # type: ignore[arg-type]


def since(consent: ConsentRecord, moment: datetime) -> None:
    """Have it be so that the consent was activated long ago."""
    ConsentRecord.objects.filter(pk=consent.pk).update(activated_at=moment)


def test_a_yes_comes_with_its_evidence_and_its_end(cast: Cast) -> None:
    speaker = make_speaker(cast.alice)
    consent = make_consent(cast.alice, speaker, valid_until=NOW + 9 * DAY)
    said = ask(cast, speaker)
    assert (said.allowed, said.consent, said.until) == (True, consent, NOW + 9 * DAY)


def test_a_future_date_is_a_dry_run(cast: Cast) -> None:
    speaker = make_speaker(cast.alice)
    make_consent(cast.alice, speaker, valid_until=NOW + 9 * DAY)
    assert ask(cast, speaker, NOW + 8 * DAY).allowed
    said = ask(cast, speaker, NOW + 9 * DAY)
    assert (said.allowed, said.code, said.consent) == (False, "consent_expired", None)


def test_what_was_allowed_once_stays_true_of_that_day(cast: Cast) -> None:
    speaker = make_speaker(cast.alice)
    consent = make_consent(cast.alice, speaker, valid_from=NOW - 9 * DAY)
    with cast.alice.scope() as alice:
        since(consent, NOW - 5 * DAY)
        services.revoke(alice, consent=consent, reason="She left.")
    assert not ask(cast, speaker, NOW - 6 * DAY).allowed, "its evidence came later"
    assert ask(cast, speaker, NOW - 4 * DAY).allowed
    said = ask(cast, speaker)
    assert (said.allowed, said.code) == (False, "consent_revoked")


def test_a_scope_is_named_when_it_is_what_is_missing(cast: Cast) -> None:
    speaker = make_speaker(cast.alice)
    make_consent(cast.alice, speaker, territories=["CN"], purposes=["synthesize"])
    assert ask(cast, speaker, purpose="synthesize", territory="CN-SH").allowed
    assert ask(cast, speaker, purpose="synthesize").allowed, "it was not asked about"
    for territory in ("US", ""):
        said = ask(cast, speaker, purpose="synthesize", territory=territory)
        assert (said.allowed, said.code) == (False, "consent_scope")
        assert said.consent is not None, "the consent that does not suffice is the evidence"


def test_an_archived_voice_may_nothing_from_now_on(cast: Cast) -> None:
    speaker = make_speaker(cast.alice)
    consent = make_consent(cast.alice, speaker, valid_from=NOW - 9 * DAY)
    with cast.alice.scope() as alice:
        since(consent, NOW - 9 * DAY)
        archived = speakers.archive_speaker(alice, speaker=speaker)
    assert ask(cast, archived).code == "speaker_archived"
    assert ask(cast, archived, NOW - DAY).allowed


def test_a_misspelled_territory_is_not_answered(cast: Cast) -> None:
    with pytest.raises(Invalid):
        ask(cast, make_speaker(cast.alice), territory="China")


def test_a_hidden_voice_has_no_rights_to_show(cast: Cast) -> None:
    speaker = make_speaker(cast.alice)
    with cast.bob.scope() as bob, pytest.raises(NotFound):
        rights.ask(bob, speaker=speaker, purpose="train", use=Use())
