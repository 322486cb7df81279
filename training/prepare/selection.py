"""Picks the cleanest and most varied minutes out of many slices, and explains the choice.

The choice is greedy, by gain per second. The gain of a slice is what it adds to the sum, over all
phones, of the square root of how often each is heard: the tenth "a" adds less than the first "u".
It is weighted by how clean the slice is, and lowered where slices of its length abound.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

from synthesis.errors import EngineError
from synthesis.text import phonemize

CLEAN_SNR_DB: Final = 30.0
NOISY_SNR_DB: Final = 15.0
LEAST_CLEANNESS: Final = 0.1
SHORT_MS: Final = 4_000
LONG_MS: Final = 7_000
_SPOKEN: Final = re.compile(r"[A-Za-z]")
_TONED_FINAL: Final = re.compile(r"[a-z]+([1-5])")


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A slice that could be chosen; `phones` as the front end reads its text."""

    key: str
    duration_ms: int
    snr_db: float
    phones: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Decision:
    """Whether a slice was chosen, and why."""

    key: str
    is_chosen: bool
    reason: str


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """How many of the sounds that the slices offer are among the chosen ones."""

    phones: int
    phones_offered: int
    tones: int
    tones_offered: int
    missing_phones: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Selection:
    """One decision per candidate, in their order, and what the chosen ones add up to."""

    decisions: tuple[Decision, ...]
    duration_ms: int
    coverage: Coverage
    explanation: str


def phones_of(text: str, language: str) -> tuple[str, ...]:
    """The spoken phones of a sentence, marks left out; none for a text that cannot be spoken."""
    try:
        runs = phonemize(text, language)
    except EngineError:
        return ()
    return tuple(phone for run in runs for phone in run.phones if _SPOKEN.match(phone))


def choose_best(candidates: Sequence[Candidate], *, target_ms: int) -> Selection:
    """Choose up to `target_ms` of sound; a slice without phones is never chosen."""
    heard: Counter[str] = Counter()
    lengths: Counter[str] = Counter()
    reasons: dict[str, str] = {}
    total_ms = 0
    waiting = [candidate for candidate in candidates if candidate.phones]
    while waiting:
        fitting = [c for c in waiting if total_ms + c.duration_ms <= target_ms]
        if not fitting:
            break
        best = max(fitting, key=lambda candidate: _gain(candidate, heard, lengths))
        new = sorted(set(best.phones) - set(heard))
        reasons[best.key] = _reason(best, new)
        heard.update(best.phones)
        lengths[_length_class(best)] += 1
        total_ms += best.duration_ms
        waiting.remove(best)
    decisions = tuple(_decision(candidate, reasons) for candidate in candidates)
    coverage = _coverage(candidates, heard)
    return Selection(
        decisions=decisions,
        duration_ms=total_ms,
        coverage=coverage,
        explanation=_explanation(candidates, reasons, total_ms, coverage),
    )


def _gain(candidate: Candidate, heard: Counter[str], lengths: Counter[str]) -> float:
    added = sum(
        sqrt(heard[phone] + count) - sqrt(heard[phone])
        for phone, count in Counter(candidate.phones).items()
    )
    span_db = CLEAN_SNR_DB - NOISY_SNR_DB
    cleanness = min(1.0, max(LEAST_CLEANNESS, (candidate.snr_db - NOISY_SNR_DB) / span_db))
    crowd = lengths[_length_class(candidate)] / (1 + lengths.total())
    return added * cleanness * (1 - crowd / 2) / candidate.duration_ms


def _length_class(candidate: Candidate) -> str:
    if candidate.duration_ms < SHORT_MS:
        return "short"
    return "long" if candidate.duration_ms >= LONG_MS else "medium"


def _reason(candidate: Candidate, new: Sequence[str]) -> str:
    brings = f"brings {', '.join(new)}" if new else "brings known sounds in new surroundings"
    return f"{brings}; {candidate.snr_db:.0f} dB above the noise"


def _decision(candidate: Candidate, reasons: dict[str, str]) -> Decision:
    reason = reasons.get(candidate.key)
    if reason is not None:
        return Decision(key=candidate.key, is_chosen=True, reason=reason)
    if not candidate.phones:
        return Decision(key=candidate.key, is_chosen=False, reason="no text that can be spoken")
    reason = f"adds less than the chosen ones; {candidate.snr_db:.0f} dB above the noise"
    return Decision(key=candidate.key, is_chosen=False, reason=reason)


def _coverage(candidates: Sequence[Candidate], heard: Counter[str]) -> Coverage:
    offered = {phone for candidate in candidates for phone in candidate.phones}
    return Coverage(
        phones=len(heard),
        phones_offered=len(offered),
        tones=len(_tones(heard)),
        tones_offered=len(_tones(offered)),
        missing_phones=tuple(sorted(offered - set(heard))),
    )


def _tones(phones: Counter[str] | set[str]) -> set[str]:
    return {found[1] for phone in phones if (found := _TONED_FINAL.fullmatch(phone))}


def _explanation(
    candidates: Sequence[Candidate], reasons: dict[str, str], total_ms: int, coverage: Coverage
) -> str:
    chosen = [candidate for candidate in candidates if candidate.key in reasons]
    if not chosen:
        return "No slice has a text that can be spoken and fits into the time asked for."
    quietest = min(candidate.snr_db for candidate in chosen)
    return (
        f"{len(chosen)} of {len(candidates)} slices, {total_ms / 1_000:.0f} s: "
        f"{coverage.phones} of {coverage.phones_offered} sounds and {coverage.tones} of "
        f"{coverage.tones_offered} tones, all at least {quietest:.0f} dB above the noise."
    )
