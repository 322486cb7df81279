"""Makes one slice of each timed sentence, joining what is too short, and says what did not fit."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from training.prepare.analysis import Analysis
from training.prepare.pieces import Dropped, DropReason, Piece, Slicing, account_for_all
from training.prepare.regions import Region, clip_regions
from training.prepare.sentences import join_texts
from training.prepare.slice import (
    LONGEST_INNER_PAUSE_MS,
    MAX_SLICE_MS,
    MIN_SLICE_MS,
    edges,
    quietest_ms,
)
from training.prepare.spoken_length import syllables
from training.prepare.transcribe import Cue

REACH_MS: Final = 300
"""Hand-made times are off by this much; speech so far outside its cue still belongs to it."""
BORDER_PLAY_MS: Final = 150
SLIVER_MS: Final = 60
SLOWEST_SYLLABLES_PER_S: Final = 0.8
FASTEST_SYLLABLES_PER_S: Final = 12.0


@dataclass(frozen=True, kw_only=True)
class _Sentence:
    """A cue and where its speech was found."""

    cue: Cue
    place: Region


def slice_by_cues(analysis: Analysis, cues: tuple[Cue, ...]) -> Slicing:
    """Slices with text; `cues` are in order and do not overlap."""
    dropped: list[Dropped] = []
    found: list[_Sentence] = []
    for cue, window in zip(cues, _windows(analysis, cues), strict=True):
        place = _place(analysis, cue, window)
        if place is not None:
            found.append(_Sentence(cue=cue, place=place))
        else:
            detail = "Nothing is spoken at the time of this sentence; check the times."
            dropped.append(_drop(window, DropReason.NO_SPEECH, detail))
    pieces: list[Piece] = []
    for piece in _join_short(found):
        fault = _fault(piece)
        if fault is None:
            pieces.append(piece)
        else:
            dropped.append(_drop(Region(start_ms=piece.start_ms, end_ms=piece.end_ms), *fault))
    return account_for_all(
        pieces,
        dropped,
        duration_ms=analysis.duration_ms,
        speech=analysis.speech,
        leftover_speech=DropReason.NO_TEXT,
    )


def _windows(analysis: Analysis, cues: tuple[Cue, ...]) -> list[Region]:
    """Where each cue's speech may lie: a little around it, up to the border with its neighbours."""
    starts = [max(0, cues[0].start_ms - REACH_MS)]
    ends = []
    for before, after in pairwise(cues):
        if after.start_ms - before.end_ms >= 2 * REACH_MS:
            ends.append(before.end_ms + REACH_MS)
            starts.append(after.start_ms - REACH_MS)
        else:
            middles_ms = (
                (before.start_ms + before.end_ms) // 2,
                (after.start_ms + after.end_ms) // 2,
            )
            border_ms = quietest_ms(
                analysis,
                max(middles_ms[0], before.end_ms - BORDER_PLAY_MS),
                min(middles_ms[1], after.start_ms + BORDER_PLAY_MS),
            )
            ends.append(border_ms)
            starts.append(border_ms)
    ends.append(cues[-1].end_ms + REACH_MS)
    last_ms = analysis.duration_ms
    return [
        Region(start_ms=min(start_ms, last_ms), end_ms=min(end_ms, last_ms))
        for start_ms, end_ms in zip(starts, ends, strict=True)
    ]


def _place(analysis: Analysis, cue: Cue, window: Region) -> Region | None:
    """The speech of a cue with its edges; None when there is none."""
    near = [
        region
        for region in clip_regions(analysis.speech, window)
        if region.start_ms < cue.end_ms
        and region.end_ms > cue.start_ms
        and region.duration_ms >= SLIVER_MS
    ]
    if not near:
        return None
    speech = Region(start_ms=near[0].start_ms, end_ms=near[-1].end_ms)
    return edges(analysis, speech, after_ms=window.start_ms, before_ms=window.end_ms)


def _join_short(sentences: list[_Sentence]) -> list[Piece]:
    """Sentences as pieces; one below the minimum joins a near neighbour of the same language."""
    pieces: list[Piece] = []
    for sentence in sentences:
        piece = Piece(
            start_ms=sentence.place.start_ms,
            end_ms=sentence.place.end_ms,
            text=sentence.cue.text,
            language=sentence.cue.language,
        )
        is_short = piece.duration_ms < MIN_SLICE_MS
        follows_short = bool(pieces) and pieces[-1].duration_ms < MIN_SLICE_MS
        if pieces and (is_short or follows_short) and _can_join(pieces[-1], piece):
            pieces[-1] = _joined(pieces[-1], piece)
        else:
            pieces.append(piece)
    return pieces


def _can_join(before: Piece, after: Piece) -> bool:
    return (
        before.language == after.language
        and after.start_ms - before.end_ms <= LONGEST_INNER_PAUSE_MS
        and after.end_ms - before.start_ms <= MAX_SLICE_MS
    )


def _joined(before: Piece, after: Piece) -> Piece:
    return Piece(
        start_ms=before.start_ms,
        end_ms=after.end_ms,
        text=join_texts(before.text or "", after.text or ""),
        language=before.language,
    )


def _fault(piece: Piece) -> tuple[DropReason, str] | None:
    seconds = piece.duration_ms / 1_000
    if piece.duration_ms < MIN_SLICE_MS:
        return DropReason.TOO_SHORT, f"{seconds:.1f} s, and no neighbour near enough to join."
    if piece.duration_ms > MAX_SLICE_MS:
        return DropReason.TOO_LONG, f"{seconds:.1f} s; divide the text into shorter sentences."
    rate = syllables(piece.text or "") / seconds
    if not SLOWEST_SYLLABLES_PER_S <= rate <= FASTEST_SYLLABLES_PER_S:
        detail = f"{rate:.1f} syllables per second; the text cannot belong to this sound."
        return DropReason.TEXT_MISMATCH, detail
    return None


def _drop(stretch: Region, reason: DropReason, detail: str) -> Dropped:
    return Dropped(start_ms=stretch.start_ms, end_ms=stretch.end_ms, reason=reason, detail=detail)
