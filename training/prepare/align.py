"""Gives times to a transcript without any: sentence by sentence along the longest pauses.

A wrong text under a sound teaches the voice nonsense, so a transcript is placed only when the
pauses leave no doubt, and otherwise refused with the reason.
"""

from contextlib import suppress
from itertools import pairwise
from statistics import median
from typing import Final

from training.prepare.regions import Region
from training.prepare.sentences import split_sentences
from training.prepare.spoken_length import syllables
from training.prepare.transcribe import Cue, Line

CLEARLY_LONGER: Final = 1.25
"""The shortest pause between sentences must exceed the longest one inside a sentence by this."""
RATE_TOLERANCE: Final = 1.8
"""No sentence may be spoken this much faster or slower than the middle one."""


class CannotAlign(Exception):
    """The lines do not fit the pauses of the recording; says why and what to do."""


def align_lines(lines: tuple[Line, ...], speech: tuple[Region, ...]) -> tuple[Cue, ...]:
    """One cue per sentence, or else per line, along the longest pauses between `speech` regions.

    Raises CannotAlign, in terms of the lines.
    """
    sentences = tuple(
        Line(text=sentence, language=line.language)
        for line in lines
        for sentence in split_sentences(line.text)
    )
    if sentences != lines:
        # Where the sentences do not fit, the lines as they were written may still do.
        with suppress(CannotAlign):
            return _align(sentences, speech)
    return _align(lines, speech)


def _align(lines: tuple[Line, ...], speech: tuple[Region, ...]) -> tuple[Cue, ...]:
    advice = "upload subtitles with times (.srt), or one file per sentence."
    if len(speech) < len(lines):
        raise CannotAlign(
            f"The transcript has {len(lines)} lines, but only {len(speech)} pieces of speech were "
            f"found; {advice}"
        )
    pauses = [after.start_ms - before.end_ms for before, after in pairwise(speech)]
    by_length = sorted(range(len(pauses)), key=lambda index: -pauses[index])
    chosen, others = sorted(by_length[: len(lines) - 1]), by_length[len(lines) - 1 :]
    if chosen and others:
        shortest_between, longest_within = min(pauses[i] for i in chosen), pauses[others[0]]
        if shortest_between < CLEARLY_LONGER * longest_within:
            raise CannotAlign(
                f"The pauses do not show where the {len(lines)} lines begin (one pause between "
                f"sentences lasts {shortest_between} ms, one inside {longest_within} ms); {advice}"
            )
    firsts, lasts = [0, *(index + 1 for index in chosen)], [*chosen, len(speech) - 1]
    cues = tuple(
        Cue(
            start_ms=speech[first].start_ms,
            end_ms=speech[last].end_ms,
            text=line.text,
            language=line.language,
        )
        for line, first, last in zip(lines, firsts, lasts, strict=True)
    )
    _require_even_rate(cues, advice)
    return cues


def _require_even_rate(cues: tuple[Cue, ...], advice: str) -> None:
    rates = [syllables(cue.text) * 1_000 / (cue.end_ms - cue.start_ms) for cue in cues]
    middle = median(rates)
    for number, rate in enumerate(rates, start=1):
        if not middle / RATE_TOLERANCE <= rate <= middle * RATE_TOLERANCE:
            raise CannotAlign(
                f"Line {number} does not fit its piece of speech ({rate:.1f} syllables per second "
                f"against {middle:.1f} elsewhere); check that no line is missing, or {advice}"
            )
