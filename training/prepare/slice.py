"""Divides the speech of a recording into slices of 2-10 s where nobody gave the sentences' times.

Slices begin and end in pauses, at the quietest point near the speech, with a little silence left.
Speech without a pause is cut at its quietest point. Which pauses become borders is found by
dynamic programming: slices of a good length, borders in real pauses, as little lost as possible.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from training.prepare.analysis import FRAME_MS, Analysis
from training.prepare.pieces import DropReason, Piece, Slicing, account_for_all
from training.prepare.regions import Region

MIN_SLICE_MS: Final = 2_000
MAX_SLICE_MS: Final = 10_000
BEST_SLICE_MS: Final = 5_000
EDGE_MS: Final = 120
"""Silence kept before and after the speech of a slice, where there is that much."""
EDGE_PLAY_MS: Final = 60
"""The border may move this far to find a quieter point."""
LONGEST_ATOM_MS: Final = MAX_SLICE_MS - 2 * (EDGE_MS + EDGE_PLAY_MS)
LONGEST_INNER_PAUSE_MS: Final = 1_000
REAL_PAUSE_MS: Final = 200
SMOOTHING_FRAMES: Final = 3
LOSS_COST: Final = 50.0
SHORT_PAUSE_COST: Final = 2.0


def quietest_ms(analysis: Analysis, from_ms: int, to_ms: int) -> int:
    """The quietest moment in a stretch, over 30 ms; its start when the stretch is empty."""
    first, last = from_ms // FRAME_MS, -(-to_ms // FRAME_MS)
    power_w = analysis.power_w[first:last]
    if not len(power_w) or to_ms <= from_ms:
        return from_ms
    window = np.full(SMOOTHING_FRAMES, 1 / SMOOTHING_FRAMES)
    padded_w = np.pad(power_w, SMOOTHING_FRAMES // 2, mode="edge")
    quietest = int(np.convolve(padded_w, window, mode="valid").argmin())
    return min(max(from_ms, (first + quietest) * FRAME_MS + FRAME_MS // 2), to_ms)


def edges(analysis: Analysis, speech: Region, *, after_ms: int, before_ms: int) -> Region:
    """`speech` with a little silence on both sides, staying within (after_ms, before_ms)."""
    earliest = max(after_ms, speech.start_ms - EDGE_MS - EDGE_PLAY_MS)
    latest = min(before_ms, speech.end_ms + EDGE_MS + EDGE_PLAY_MS)
    return Region(
        start_ms=quietest_ms(analysis, earliest, max(earliest, speech.start_ms - EDGE_PLAY_MS)),
        end_ms=quietest_ms(analysis, min(latest, speech.end_ms + EDGE_PLAY_MS), latest),
    )


def slice_by_pauses(analysis: Analysis) -> Slicing:
    """Slices without text, and the reason for everything left out."""
    atoms = [
        part for region in analysis.speech for part in _recut(analysis, region, LONGEST_ATOM_MS)
    ]
    return account_for_all(
        (Piece(start_ms=place.start_ms, end_ms=place.end_ms) for place in _best(analysis, atoms)),
        (),
        duration_ms=analysis.duration_ms,
        speech=analysis.speech,
        leftover_speech=DropReason.TOO_SHORT,
    )


def _recut(analysis: Analysis, region: Region, longest_ms: int) -> list[Region]:
    """Cut a region that is too long at its quietest point, again and again."""
    if region.duration_ms <= longest_ms:
        return [region]
    parts = -(-region.duration_ms // longest_ms)
    play_ms = (parts * longest_ms - region.duration_ms) // 2 + longest_ms // 4
    middle_ms = region.start_ms + region.duration_ms * (parts // 2) // parts
    cut_ms = quietest_ms(
        analysis,
        max(middle_ms - play_ms, region.start_ms + MIN_SLICE_MS),
        min(middle_ms + play_ms, region.end_ms - MIN_SLICE_MS),
    )
    return [
        *_recut(analysis, Region(start_ms=region.start_ms, end_ms=cut_ms), longest_ms),
        *_recut(analysis, Region(start_ms=cut_ms, end_ms=region.end_ms), longest_ms),
    ]


@dataclass(frozen=True, kw_only=True)
class _Choice:
    """The cheapest division up to some atom: its cost, and the slice that ends it, if one does."""

    cost: float
    first: int = 0
    place: Region | None = None


def _best(analysis: Analysis, atoms: list[Region]) -> list[Region]:
    """The cheapest way to divide the atoms into slices, leaving some out if it must be."""
    borders = [quietest_ms(analysis, a.end_ms, b.start_ms) for a, b in pairwise(atoms)]
    borders = [0, *borders, analysis.duration_ms]
    choices = [_Choice(cost=0.0)]
    for last, atom in enumerate(atoms):
        best = _Choice(cost=choices[last].cost + LOSS_COST, first=last)
        for first in range(last, -1, -1):
            speech = Region(start_ms=atoms[first].start_ms, end_ms=atom.end_ms)
            place = edges(analysis, speech, after_ms=borders[first], before_ms=borders[last + 1])
            if place.duration_ms > MAX_SLICE_MS:
                break
            pause_ms = speech.start_ms - atoms[first - 1].end_ms if first else analysis.duration_ms
            cost = choices[first].cost + _cost(place, pause_ms)
            if place.duration_ms >= MIN_SLICE_MS and cost < best.cost:
                best = _Choice(cost=cost, first=first, place=place)
            if pause_ms > LONGEST_INNER_PAUSE_MS:
                break
        choices.append(best)
    places: list[Region] = []
    at = len(atoms)
    while at:
        if (chosen := choices[at].place) is not None:
            places.append(chosen)
        at = choices[at].first
    return places[::-1]


def _cost(place: Region, pause_before_ms: int) -> float:
    in_speech = SHORT_PAUSE_COST if pause_before_ms < REAL_PAUSE_MS else 0.0
    return ((place.duration_ms - BEST_SLICE_MS) / BEST_SLICE_MS) ** 2 + in_speech
