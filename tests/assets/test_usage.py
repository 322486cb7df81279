"""Who could use a voice, who did, what it was declared for, and what lapses soon."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.factories import (
    Cast,
    let,
    make_approved,
    make_asset,
    make_consent,
    make_speaker,
    make_voice,
)
from voiceassets.assets import services
from voiceassets.assets.forecast import lapsing
from voiceassets.assets.usage import Usage, usage
from voiceassets.consent import services as consents
from voiceassets.consent.gate import ConsentRefused
from voiceassets.core.errors import NotAllowed
from voiceassets.speakers import services as speakers
from voiceassets.speakers.models import Speaker

pytestmark = pytest.mark.django_db

NOW = datetime.now(UTC)
DAY = timedelta(days=1)


def used(cast: Cast, speaker: Speaker) -> Usage:
    with cast.carol.scope() as carol:
        return usage(carol, speaker=speaker, start=NOW - DAY, end=NOW + DAY)


def test_who_could_speak_is_told_with_the_right_and_the_time(cast: Cast) -> None:
    speaker, consent = make_voice(cast)
    found = used(cast, speaker)
    by_person = {could.who: could for could in found.could}
    assert {who: could.by for who, could in by_person.items()} == {
        cast.alice.user.public_id: "owner",
        cast.dora.user.public_id: "brand_manager",
        cast.bob.user.public_id: "grant",
    }
    assert found.consents == (consent,)
    assert all(could.end == NOW + DAY for could in found.could), "it stands as long as asked"


def test_a_grant_that_was_withdrawn_and_a_consent_that_was_revoked_end_it(cast: Cast) -> None:
    speaker, consent = make_voice(cast)
    with cast.alice.scope() as alice:
        speakers.withdraw(alice, speaker=speaker, from_=cast.bob.user)
        revoked = consents.revoke(alice, consent=consent, reason="She left.")
    by_person = {could.who: could for could in used(cast, speaker).could}
    assert revoked.revoked_at is not None
    bob, alice_ = by_person[cast.bob.user.public_id], by_person[cast.alice.user.public_id]
    assert bob.end is not None
    assert bob.end < revoked.revoked_at == alice_.end


def test_who_did_is_counted_by_person_and_deed(cast: Cast) -> None:
    speaker, _ = make_voice(cast)
    other, _ = make_voice(cast, name="Other")
    make_asset(cast.bob, other)
    asset = make_asset(cast.bob, speaker)
    make_asset(cast.bob, speaker)
    with cast.bob.scope() as bob:
        services.download(bob, asset=asset)
    did = {(d.who, d.action): d.count for d in used(cast, speaker).did}
    bob_id = cast.bob.user.public_id
    assert did[bob_id, "synthesis.requested"] == 2
    assert did[bob_id, "asset.downloaded"] == 1
    assert did["tests", "asset.released"] == 2


def test_only_who_reads_the_log_learns_who_used_a_voice(cast: Cast) -> None:
    speaker, _ = make_voice(cast)
    with cast.bob.scope() as bob, pytest.raises(NotAllowed):
        usage(bob, speaker=speaker, start=NOW - DAY, end=NOW)


def limited(cast: Cast) -> Speaker:
    """A voice that may be heard in China, on the phone, and not for money."""
    speaker = make_speaker(cast.alice)
    make_consent(
        cast.alice,
        speaker,
        purposes=["train", "synthesize"],
        territories=["CN"],
        channels=["ivr"],
    )
    make_approved(cast.alice, cast.dora, speaker)
    let(cast.alice, speaker, cast.bob, "use")
    return speaker


@pytest.mark.parametrize(
    ("declared", "missing"),
    [
        ({}, "territory"),
        ({"territory": "US", "channel": "ivr"}, "territory"),
        ({"territory": "CN"}, "channel"),
        ({"territory": "CN", "channel": "ivr", "commercial": True}, "purpose"),
    ],
)
def test_a_use_outside_the_consent_is_refused_when_it_is_asked_for(
    cast: Cast, declared: dict[str, object], missing: str
) -> None:
    speaker = limited(cast)
    with cast.bob.scope() as bob, pytest.raises(ConsentRefused) as refusal:
        services.request_synthesis(bob, speaker=speaker, text="你好。", **declared)  # type: ignore[arg-type]
    assert refusal.value.data["missing"] == missing


def test_a_use_inside_the_consent_is_kept_with_the_request(cast: Cast) -> None:
    speaker = limited(cast)
    with cast.bob.scope() as bob:
        request = services.request_synthesis(
            bob, speaker=speaker, text="你好。", territory="CN-SH", channel="ivr"
        )
    assert (request.use.territory, request.use.channel) == ("CN-SH", "ivr")


def test_a_download_asks_whether_the_declared_use_is_still_covered(cast: Cast) -> None:
    speaker, consent = make_voice(cast)
    asset = make_asset(cast.bob, speaker)
    make_consent(cast.alice, speaker, supersedes=consent, territories=["CN"])
    with cast.bob.scope() as bob, pytest.raises(ConsentRefused) as refusal:
        services.download(bob, asset=asset)
    assert refusal.value.code == "consent_scope"


def test_what_lapses_soon_is_listed_with_what_depends_on_it(cast: Cast) -> None:
    speaker = make_speaker(cast.alice)
    consent = make_consent(cast.alice, speaker, valid_until=NOW + 9 * DAY)
    make_approved(cast.alice, cast.dora, speaker)
    make_asset(cast.alice, speaker)
    make_consent(cast.alice, make_speaker(cast.alice, name="Endless"))
    with cast.carol.scope() as carol:
        assert lapsing(carol, days=8) == []
        (lapse,) = lapsing(carol, days=10)
        assert (lapse.consent, lapse.live_assets, lapse.renewed) == (consent, 1, False)
    make_consent(cast.alice, speaker, supersedes=consent, valid_from=NOW + 5 * DAY)
    with cast.carol.scope() as carol:
        (lapse,) = lapsing(carol, days=10)
    assert (lapse.ends_at, lapse.renewed) == (NOW + 5 * DAY, True)
