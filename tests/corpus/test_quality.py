"""The verdict: one table, held against reports."""

from __future__ import annotations

import dataclasses
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.corpus.things import GOOD
from training.prepare.quality import QualityReport
from voiceassets.corpus.quality import (
    SEGMENT_THRESHOLDS,
    THRESHOLDS,
    Outcome,
    Reason,
    Side,
    Threshold,
    verdict,
)

ACCEPTED, NEEDS_REVIEW, REJECTED = Outcome.ACCEPTED, Outcome.NEEDS_REVIEW, Outcome.REJECTED
TABLE = [
    ("snr_db", 20.0, ACCEPTED, ""),
    ("snr_db", 19.99, NEEDS_REVIEW, "noisy"),
    ("snr_db", 15.0, NEEDS_REVIEW, "noisy"),
    ("snr_db", 14.99, REJECTED, "noisy"),
    ("snr_db", 0.0, REJECTED, "noisy"),
    ("tonal_background_db", -40.0, ACCEPTED, ""),
    ("tonal_background_db", -30.0, NEEDS_REVIEW, "music_behind"),
    ("tonal_background_db", -20.0, REJECTED, "music_behind"),
    ("decay_ms", 400, ACCEPTED, ""),
    ("decay_ms", 500, NEEDS_REVIEW, "reverberant"),
    ("decay_ms", 901, REJECTED, "reverberant"),
    ("pause_flatness", 0.6, ACCEPTED, ""),
    ("pause_flatness", 0.3, NEEDS_REVIEW, "tones_in_pauses"),
    ("syllable_modulation", 0.45, ACCEPTED, ""),
    ("syllable_modulation", 0.4, NEEDS_REVIEW, "filled_gaps"),
    ("syllable_modulation", 0.29, REJECTED, "filled_gaps"),
    ("clipping_share", 0.0005, ACCEPTED, ""),
    ("clipping_share", 0.001, NEEDS_REVIEW, "clipped"),
    ("clipping_share", 0.0051, REJECTED, "clipped"),
    ("original_sample_rate_hz", 22_050, ACCEPTED, ""),
    ("original_sample_rate_hz", 16_000, NEEDS_REVIEW, "low_sample_rate"),
    ("original_sample_rate_hz", 8_000, REJECTED, "low_sample_rate"),
    ("effective_bandwidth_hz", 6_000, ACCEPTED, ""),
    ("effective_bandwidth_hz", 5_000, NEEDS_REVIEW, "muffled"),
    ("effective_bandwidth_hz", 3_400, REJECTED, "muffled"),
    ("loudness_lufs", -36.0, ACCEPTED, ""),
    ("loudness_lufs", -40.0, NEEDS_REVIEW, "too_quiet"),
    ("loudness_lufs", -51.0, REJECTED, "too_quiet"),
    ("loudness_lufs", -8.0, NEEDS_REVIEW, "too_loud"),
    ("speech_share", 0.25, ACCEPTED, ""),
    ("speech_share", 0.1, NEEDS_REVIEW, "little_speech"),
    ("speech_share", 0.04, REJECTED, "little_speech"),
    ("duration_ms", 4_000, ACCEPTED, ""),
    ("duration_ms", 3_000, NEEDS_REVIEW, "too_short"),
    ("duration_ms", 2_000, NEEDS_REVIEW, "too_short"),
    ("duration_ms", 1_999, REJECTED, "too_short"),
    ("longest_silence_ms", 60_000, ACCEPTED, ""),
    ("longest_silence_ms", 60_001, NEEDS_REVIEW, "long_silence"),
    ("dc_offset", 0.02, ACCEPTED, ""),
    ("dc_offset", -0.03, NEEDS_REVIEW, "dc_offset"),
    ("dc_offset", 0.3, REJECTED, "dc_offset"),
]
numbers = st.floats(allow_nan=True, allow_infinity=True) | st.none()


def test_a_good_recording_is_accepted_without_reasons() -> None:
    assert verdict(GOOD).as_dict() == {"outcome": "accepted", "reasons": []}


@pytest.mark.parametrize(("measure", "value", "outcome", "code"), TABLE)
def test_each_limit_is_where_the_table_says(
    measure: str, value: float, outcome: Outcome, code: str
) -> None:
    found = verdict({**GOOD, measure: value})
    assert found.outcome is outcome
    assert [reason.code for reason in found.reasons] == ([code] if code else [])


def test_every_rule_is_tried_above_and_below_its_limits() -> None:
    tried = {(code, outcome) for _, _, outcome, code in TABLE if code}
    assert tried == {
        (rule.code, outcome)
        for rule in THRESHOLDS
        for outcome, limit in ((NEEDS_REVIEW, rule.review), (REJECTED, rule.reject))
        if limit is not None
    }


def test_a_reason_shows_the_value_the_limit_and_what_to_do() -> None:
    (reason,) = verdict({**GOOD, "snr_db": 6.34}).reasons
    assert reason.message == "The speech is 6.3 dB above the noise; 15 dB are needed."
    assert reason.fix.startswith("Re-record in a quiet room")
    (share,) = verdict({**GOOD, "clipping_share": 0.001}).reasons
    assert share.message == "0.10 % of the samples are clipped; at most 0.05 % may be."


def test_the_worst_reason_decides_and_all_are_told() -> None:
    found = verdict({**GOOD, "snr_db": 17.0, "clipping_share": 0.02, "loudness_lufs": -40.0})
    assert found.outcome is REJECTED
    assert {reason.code for reason in found.reasons} == {"noisy", "clipped", "too_quiet"}


@pytest.mark.parametrize("value", [None, math.nan, math.inf, -math.inf])
def test_what_could_not_be_measured_is_left_to_a_person(value: float | None) -> None:
    found = verdict({**GOOD, "snr_db": value})
    assert found.outcome is NEEDS_REVIEW
    assert [reason.code for reason in found.reasons] == ["noisy_unknown"]
    assert verdict({}).outcome is NEEDS_REVIEW


def test_a_segment_is_not_judged_by_what_only_a_recording_has() -> None:
    segment = {**GOOD, "speech_share": 0.01, "longest_silence_ms": 99_000, "duration_ms": 4_000}
    assert verdict(segment, SEGMENT_THRESHOLDS).outcome is ACCEPTED
    assert verdict({**segment, "snr_db": 3.0}, SEGMENT_THRESHOLDS).outcome is REJECTED


def test_every_rule_reads_a_number_that_preparation_measures() -> None:
    measured = {field.name for field in dataclasses.fields(QualityReport)}
    assert {rule.measure for rule in THRESHOLDS} <= measured


@pytest.mark.parametrize("rule", THRESHOLDS, ids=lambda rule: rule.code)
def test_a_rule_rejects_only_what_it_would_also_review(rule: Threshold) -> None:
    if rule.review is None or rule.reject is None:
        return
    assert (rule.reject < rule.review) == (rule.side is Side.BELOW)


@settings(deadline=None)
@given(st.fixed_dictionaries({}, optional=dict.fromkeys(GOOD, numbers)))
def test_any_report_gets_one_outcome_that_its_reasons_explain(
    report: dict[str, float | None],
) -> None:
    found = verdict(report)
    assert found == verdict(dict(report))
    outcomes = {reason.outcome for reason in found.reasons}
    assert found.outcome is (
        REJECTED if REJECTED in outcomes else NEEDS_REVIEW if outcomes else ACCEPTED
    )
    assert all(reason.message and reason.fix for reason in found.reasons)
    assert all(isinstance(reason, Reason) for reason in found.reasons)
