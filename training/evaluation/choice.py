"""Which of several voices is the best, and whether one is worse than the one in use."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from training.evaluation.scoring import VoiceScore

RULE = (
    "Merit = 1 − toneless phone error rate + ½ similarity − ½ share of faulty sentences"
    " − ¼ |log₂ duration ratio| − ¹⁄₂₄ |semitones from the speaker's pitch|."
    " What no judge could measure counts as nothing, for every voice alike."
    " Of equal voices the first is taken."
)
SIMILARITY_WEIGHT = 0.5
FAULTY_WEIGHT = 0.5
DURATION_WEIGHT = 0.25
PITCH_WEIGHT = 1 / 24


def merit(score: VoiceScore) -> float:
    """One number for a voice, by `RULE`; more is better."""
    errors = score.errors
    duration = score.mean("duration_ratio")
    return (
        1.0
        - (errors.toneless_rate if errors else 0.0)
        + SIMILARITY_WEIGHT * (score.mean("similarity") or 0.0)
        - FAULTY_WEIGHT * score.faulty
        - DURATION_WEIGHT * abs(math.log2(duration) if duration else 0.0)
        - PITCH_WEIGHT * abs(score.mean("pitch_semitones") or 0.0)
    )


def best(scores: Sequence[VoiceScore]) -> VoiceScore:
    """The voice with the most merit."""
    return max(scores, key=merit)


@dataclass(frozen=True, kw_only=True)
class Tolerance:
    """By how much a voice may be worse than the one in use."""

    toneless_error_rate: float = 0.03
    similarity: float = 0.05
    faulty: float = 0.05


TOLERANCE = Tolerance()


@dataclass(frozen=True, kw_only=True)
class Fall:
    """A measure that is worse than before by more than is tolerated."""

    measure: str
    before: float
    now: float
    tolerated: float

    @property
    def text(self) -> str:
        """For people."""
        return (
            f"{self.measure.replace('_', ' ')} was {self.before:.3f} and is {self.now:.3f};"
            f" a difference of {self.tolerated:.3f} is tolerated"
        )


def falls(
    now: VoiceScore, before: VoiceScore, tolerance: Tolerance = TOLERANCE
) -> tuple[Fall, ...]:
    """What is worse with a voice than with the one before, on the same sentences."""
    return falls_of(now.as_dict(), before.as_dict(), tolerance)


def falls_of(
    now: Mapping[str, Any], before: Mapping[str, Any], tolerance: Tolerance = TOLERANCE
) -> tuple[Fall, ...]:
    """The same of two scores as plain values, such as those that were kept."""
    found = []
    for entry in fields(tolerance):
        old, new = before.get(entry.name), now.get(entry.name)
        limit = getattr(tolerance, entry.name)
        if old is None or new is None:
            continue
        worse = old - new if entry.name == "similarity" else new - old
        if worse > limit:
            found.append(Fall(measure=entry.name, before=old, now=new, tolerated=limit))
    return tuple(found)
