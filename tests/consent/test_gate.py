"""The consent gate: what is in force, what it covers, and what it says when it refuses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.factories import Cast, make_consent, make_file, make_speaker
from voiceassets.consent import gate, services
from voiceassets.consent.gate import ConsentRefused
from voiceassets.consent.terms import Terms

pytestmark = pytest.mark.django_db

NOW = datetime.now(UTC)
DAY = timedelta(days=1)


def refusal(cast: Cast, speaker: Any, *asked: Any, **scope: Any) -> ConsentRefused:
    with cast.alice.scope(), pytest.raises(ConsentRefused) as caught:
        gate.require(speaker, *asked, **scope)
    assert caught.value.status == 403
    return caught.value


def test_a_consent_in_force_is_returned_as_the_evidence(cast: Cast) -> None:
    speaker = make_speaker(cast.alice)
    consent = make_consent(cast.alice, speaker)
    with cast.alice.scope():
        assert gate.require(speaker, "train") == consent
        assert gate.require(speaker, "synthesize", language="zh", lock=True) == consent


def test_without_a_consent_it_says_what_to_do(cast: Cast) -> None:
    said = refusal(cast, make_speaker(cast.alice), "train")
    assert said.code == "consent_missing"
    assert "record one with its evidence" in said.message


def test_a_consent_without_evidence_is_none(cast: Cast) -> None:
    speaker = make_speaker(cast.alice)
    with cast.alice.scope() as alice:
        services.record_consent(
            alice,
            speaker=speaker,
            person_name="Li",
            terms=Terms(purposes=["train"]),
            wording="I agree.",
        )
    said = refusal(cast, speaker, "train")
    assert (said.code, "evidence" in said.message) == ("consent_missing", True)


def test_a_revoked_consent_is_refused_as_revoked(cast: Cast) -> None:
    speaker = make_speaker(cast.alice)
    consent = make_consent(cast.alice, speaker)
    with cast.alice.scope() as alice:
        services.revoke(alice, consent=consent, reason="She left.")
    said = refusal(cast, speaker, "train")
    assert (said.code, said.data) == ("consent_revoked", {"consent": consent.public_id})


def test_a_term_ends_by_itself_whether_or_not_the_sweep_ran(cast: Cast) -> None:
    speaker = make_speaker(cast.alice)
    make_consent(cast.alice, speaker, valid_from=NOW - 2 * DAY, valid_until=NOW - DAY)
    assert refusal(cast, speaker, "train").code == "consent_expired"
    assert services.expire_due() == 1
    assert refusal(cast, speaker, "train").code == "consent_expired"


def test_a_term_that_has_not_begun_gives_nothing_yet(cast: Cast) -> None:
    speaker = make_speaker(cast.alice)
    consent = make_consent(cast.alice, speaker, valid_from=NOW + DAY)
    assert refusal(cast, speaker, "train").code == "consent_missing"
    with cast.alice.scope():
        assert gate.require(speaker, "train", at=NOW + 2 * DAY) == consent


def test_the_first_moment_of_a_term_counts_and_the_last_does_not(cast: Cast) -> None:
    speaker = make_speaker(cast.alice)
    start, end = NOW - DAY, NOW + DAY
    make_consent(cast.alice, speaker, valid_from=start, valid_until=end)
    with cast.alice.scope():
        gate.require(speaker, "train", at=start)
    refusal(cast, speaker, "train", at=end)
    refusal(cast, speaker, "train", at=start - timedelta(microseconds=1))


@pytest.mark.parametrize(
    ("scope", "missing"),
    [
        ({"language": "en"}, "language"),
        ({"language": "auto"}, "language"),
        ({"language": "zhx"}, "language"),
        ({"territory": "US"}, "territory"),
        ({"channel": "tv"}, "channel"),
    ],
)
def test_what_lies_outside_the_scope_is_named(
    cast: Cast, scope: dict[str, str], missing: str
) -> None:
    speaker = make_limited(cast)
    said = refusal(cast, speaker, "synthesize", **scope)
    assert (said.code, said.data["missing"]) == ("consent_scope", missing)
    assert said.data["wanted"] == next(iter(scope.values()))


def test_a_purpose_that_was_not_agreed_to_is_refused(cast: Cast) -> None:
    said = refusal(cast, make_limited(cast), "publish")
    assert (said.code, said.data["missing"]) == ("consent_scope", "purpose")
    assert "synthesize" in said.message


@pytest.mark.parametrize(
    "scope",
    [
        {"language": "zh"},
        {"language": "zh-CN"},
        {"territory": "CN", "channel": "ivr"},
        {"territory": "CN-SH"},
        {},
    ],
)
def test_what_lies_inside_the_scope_passes(cast: Cast, scope: dict[str, str]) -> None:
    speaker = make_limited(cast)
    with cast.alice.scope():
        gate.require(speaker, "synthesize", **scope)  # type: ignore[arg-type]


def test_an_empty_scope_means_everything_but_never_every_purpose(cast: Cast) -> None:
    speaker = make_speaker(cast.alice)
    make_consent(cast.alice, speaker, purposes=["synthesize"])
    with cast.alice.scope():
        gate.require(
            speaker, "synthesize", language="auto", territory="AQ", channel="carrier-pigeon"
        )
    refusal(cast, speaker, "train")


def test_a_renewal_takes_over_where_the_first_ends(cast: Cast) -> None:
    speaker = make_speaker(cast.alice)
    first = make_consent(cast.alice, speaker, valid_from=NOW - DAY, valid_until=NOW + DAY)
    second = make_consent(cast.alice, speaker, valid_from=NOW + DAY)
    with cast.alice.scope():
        assert gate.require(speaker, "train") == first
        assert gate.require(speaker, "train", at=NOW + DAY) == second


def test_the_consent_of_one_speaker_covers_no_other(cast: Cast) -> None:
    make_consent(cast.alice, make_speaker(cast.alice))
    assert refusal(cast, make_speaker(cast.alice, name="Other"), "train").code == "consent_missing"


def test_what_was_made_under_a_consent_depends_on_that_one(cast: Cast) -> None:
    speaker = make_speaker(cast.alice)
    first = make_consent(cast.alice, speaker)
    with cast.alice.scope() as alice:
        assert gate.require_unrevoked(first) == first
        services.revoke(alice, consent=first, reason="She left.")
    second = make_consent(cast.alice, speaker)
    with cast.alice.scope():
        assert gate.require(speaker, "train") == second
        with pytest.raises(ConsentRefused) as caught:
            gate.require_unrevoked(first, lock=True)
    assert caught.value.code == "consent_revoked"


def make_limited(cast: Cast) -> Any:
    """A voice that may speak Chinese, in China, on the phone."""
    speaker = make_speaker(cast.alice)
    evidence, written = make_file(cast.alice.tenant)
    with cast.alice.scope() as alice:
        services.record_consent(
            alice,
            speaker=speaker,
            person_name="Li",
            terms=Terms(
                purposes=["synthesize"], languages=["zh"], territories=["CN"], channels=["ivr"]
            ),
            wording="I agree.",
            evidence=evidence,
            written=written,
        )
    return speaker
