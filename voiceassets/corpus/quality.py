"""The verdict on a recording or a segment: a pure function of its report and one table."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

# As long as the shortest reference clip that a voice goes by.
LEAST_VOICE_MS = 4_000


class Outcome(StrEnum):
    ACCEPTED = "accepted"
    NEEDS_REVIEW = "needs_review"
    REJECTED = "rejected"


class Side(StrEnum):
    """On which side of its limits a measure is bad."""

    BELOW = "below"
    ABOVE = "above"


@dataclass(frozen=True, kw_only=True)
class Threshold:
    """Limits on one measure of the quality report; a value equal to a limit still passes it.

    `{value}` and `{limit}` in `message` are the measure, multiplied by `scale` for display.
    """

    measure: str
    code: str
    side: Side
    review: float | None
    reject: float | None
    message: str
    fix: str
    scale: float = 1.0
    absolute: bool = False
    on_segments: bool = False
    on_recordings: bool = True

    def limit_passed_by(self, value: float) -> tuple[Outcome, float] | None:
        """The worst limit `value` breaks, or None when it is good."""
        size = abs(value) if self.absolute else value
        for outcome, limit in (
            (Outcome.REJECTED, self.reject),
            (Outcome.NEEDS_REVIEW, self.review),
        ):
            if limit is not None and (size < limit if self.side is Side.BELOW else size > limit):
                return outcome, limit
        return None


THRESHOLDS: tuple[Threshold, ...] = (
    Threshold(
        measure="snr_db",
        code="noisy",
        side=Side.BELOW,
        review=20.0,
        reject=15.0,
        message="The speech is {value:.1f} dB above the noise; {limit:.0f} dB are needed.",
        fix="Re-record in a quiet room, close to the microphone, with fans and music off.",
        on_segments=True,
    ),
    Threshold(
        measure="tonal_background_db",
        code="music_behind",
        side=Side.ABOVE,
        review=-40.0,
        reject=-25.0,
        message="Music or hum is at {value:.0f} dB against the speech; {limit:.0f} dB may be.",
        fix="Re-record without music, and away from whatever hums.",
    ),
    Threshold(
        measure="decay_ms",
        code="reverberant",
        side=Side.ABOVE,
        review=400,
        reject=900,
        message="The room echoes for {value:.0f} ms after each sentence; {limit:.0f} ms may be.",
        fix="Re-record close to the microphone in a small room with curtains or carpets.",
    ),
    Threshold(
        measure="pause_flatness",
        code="tones_in_pauses",
        side=Side.BELOW,
        review=0.6,
        reject=None,
        message="The pauses sound like tones, not like a room: their flatness is {value:.2f} of"
        " {limit:.1f}.",
        fix="Listen to the pauses; re-record without music, and away from whatever hums.",
    ),
    Threshold(
        measure="syllable_modulation",
        code="filled_gaps",
        side=Side.BELOW,
        review=0.45,
        reject=0.3,
        message="From syllable to syllable loudness swings by {value:.2f} of its mean;"
        " {limit:.2f} are needed: echo or music fills the gaps.",
        fix="Listen; re-record close to the microphone, in a small room, without music.",
    ),
    Threshold(
        measure="clipping_share",
        code="clipped",
        side=Side.ABOVE,
        review=0.0005,
        reject=0.005,
        message="{value:.2f} % of the samples are clipped; at most {limit:.2f} % may be.",
        fix="Re-record with a lower input level, so that the loudest word stays below -3 dB.",
        scale=100.0,
        on_segments=True,
    ),
    Threshold(
        measure="original_sample_rate_hz",
        code="low_sample_rate",
        side=Side.BELOW,
        review=22_050,
        reject=16_000,
        message="The file has {value:.0f} samples a second; at least {limit:.0f} are needed.",
        fix="Export the original recording at 48000 Hz, or re-record at that rate.",
    ),
    Threshold(
        measure="effective_bandwidth_hz",
        code="muffled",
        side=Side.BELOW,
        review=6_000,
        reject=3_800,
        message="The voice holds nothing above {value:.0f} Hz; {limit:.0f} Hz must be there.",
        fix="Re-record without a telephone, a conference call or a noise filter in between.",
    ),
    Threshold(
        measure="loudness_lufs",
        code="too_quiet",
        side=Side.BELOW,
        review=-36.0,
        reject=-50.0,
        message="The recording has a loudness of {value:.1f} LUFS; {limit:.0f} are needed.",
        fix="Re-record closer to the microphone or with a higher input level, around -23 LUFS.",
    ),
    Threshold(
        measure="loudness_lufs",
        code="too_loud",
        side=Side.ABOVE,
        review=-9.0,
        reject=None,
        message="The recording has a loudness of {value:.1f} LUFS; at most {limit:.0f} are usual.",
        fix="Re-record with a lower input level and without a limiter or compressor.",
    ),
    Threshold(
        measure="speech_share",
        code="little_speech",
        side=Side.BELOW,
        review=0.25,
        reject=0.05,
        message="Somebody speaks in {value:.0f} % of the recording; {limit:.0f} % are needed.",
        fix="Cut the parts without speech away, or re-record reading the whole script.",
        scale=100.0,
    ),
    Threshold(
        measure="duration_ms",
        code="too_short",
        side=Side.BELOW,
        review=LEAST_VOICE_MS,
        reject=2_000,
        message="This lasts {value:.1f} s; nothing is made of less than {limit:.0f} s.",
        fix="Record more: a minute of whole sentences makes a voice. Accept it beside others.",
        scale=0.001,
    ),
    Threshold(
        measure="duration_ms",
        code="too_short",
        side=Side.BELOW,
        review=None,
        reject=2_000,
        message="This lasts {value:.1f} s; a usable sentence lasts at least {limit:.0f} s.",
        fix="Re-record at least one whole sentence.",
        scale=0.001,
        on_segments=True,
        on_recordings=False,
    ),
    Threshold(
        measure="longest_silence_ms",
        code="long_silence",
        side=Side.ABOVE,
        review=60_000,
        reject=None,
        message="There is a pause of {value:.0f} s; more than {limit:.0f} s hint at a lost part.",
        fix="Listen to the pause; cut it out, or re-record what is missing.",
        scale=0.001,
    ),
    Threshold(
        measure="dc_offset",
        code="dc_offset",
        side=Side.ABOVE,
        review=0.02,
        reject=0.2,
        message="The signal is shifted by {value:.1f} % of full scale; {limit:.0f} % may be.",
        fix="Re-record with another sound card or cable, or remove the offset in an audio editor.",
        scale=100.0,
        absolute=True,
    ),
)
RECORDING_THRESHOLDS = tuple(threshold for threshold in THRESHOLDS if threshold.on_recordings)
SEGMENT_THRESHOLDS = tuple(threshold for threshold in THRESHOLDS if threshold.on_segments)


@dataclass(frozen=True, kw_only=True)
class Reason:
    """Why something is not simply accepted, and what a person can do about it."""

    code: str
    outcome: Outcome
    message: str
    fix: str


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The worst outcome of all reasons; accepted when there is none."""

    outcome: Outcome
    reasons: tuple[Reason, ...]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"outcome": self.outcome.value, "reasons": [asdict(r) for r in self.reasons]}


def verdict(
    report: Mapping[str, float | None], thresholds: Sequence[Threshold] = RECORDING_THRESHOLDS
) -> Verdict:
    """Hold `report` against `thresholds`; a measure that is missing is left to a person."""
    reasons = tuple(reason for t in thresholds if (reason := _reason(t, report.get(t.measure))))
    return Verdict(outcome=worst(reason.outcome for reason in reasons), reasons=reasons)


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    found = set(outcomes)
    for outcome in (Outcome.REJECTED, Outcome.NEEDS_REVIEW):
        if outcome in found:
            return outcome
    return Outcome.ACCEPTED


def _reason(threshold: Threshold, value: float | None) -> Reason | None:
    if value is None or not math.isfinite(value):
        return Reason(
            code=f"{threshold.code}_unknown",
            outcome=Outcome.NEEDS_REVIEW,
            message=f"{threshold.measure} could not be measured.",
            fix="Listen to the recording and decide, or upload it again.",
        )
    broken = threshold.limit_passed_by(value)
    if broken is None:
        return None
    outcome, limit = broken
    shown = {"value": value * threshold.scale, "limit": limit * threshold.scale}
    return Reason(
        code=threshold.code,
        outcome=outcome,
        message=threshold.message.format(**shown),
        fix=threshold.fix,
    )
