"""What slicing keeps and what it drops; together they cover a recording without gap or overlap."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from training.prepare.regions import Region, clip_regions


class DropReason(StrEnum):
    """Why a stretch of a recording does not become training material."""

    SILENCE = "silence"
    NO_TEXT = "no_text"
    NO_SPEECH = "no_speech"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    TEXT_MISMATCH = "text_mismatch"
    DUPLICATE = "duplicate"
    REPEATED_TEXT = "repeated_text"
    REPEATED_AUDIO = "repeated_audio"


LEFTOVER_SPEECH_MS: Final = 100
"""Less speech than this in a stretch is the tail of a neighbour or a cough."""
_LEFTOVER_DETAILS: Final = {
    DropReason.NO_TEXT: "Speech that the transcript does not mention.",
    DropReason.TOO_SHORT: "Speech too short for a slice, with no neighbour near enough to join.",
}


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A slice to be: its place, and its text where there is one."""

    start_ms: int
    end_ms: int
    text: str | None = None
    language: str | None = None

    @property
    def duration_ms(self) -> int:
        """How long it lasts."""
        return self.end_ms - self.start_ms


@dataclass(frozen=True, kw_only=True)
class Dropped:
    """A stretch that is left out; `detail` tells a person why."""

    start_ms: int
    end_ms: int
    reason: DropReason
    detail: str


@dataclass(frozen=True, kw_only=True)
class Slicing:
    """All of a recording, divided."""

    pieces: tuple[Piece, ...]
    dropped: tuple[Dropped, ...]


def account_for_all(
    pieces: Iterable[Piece],
    dropped: Iterable[Dropped],
    *,
    duration_ms: int,
    speech: tuple[Region, ...],
    leftover_speech: DropReason,
) -> Slicing:
    """Name a reason for every stretch that nobody has named: silence, or `leftover_speech`."""
    kept, left_out = sorted(pieces, key=lambda p: p.start_ms), list(dropped)
    at_ms = 0
    fills: list[Dropped] = []
    named = [(piece.start_ms, piece.end_ms) for piece in kept]
    named += [(drop.start_ms, drop.end_ms) for drop in left_out]
    for start_ms, end_ms in sorted(named):
        if start_ms > at_ms:
            fills.append(_unnamed(Region(start_ms=at_ms, end_ms=start_ms), speech, leftover_speech))
        at_ms = max(at_ms, end_ms)
    if at_ms < duration_ms:
        fills.append(_unnamed(Region(start_ms=at_ms, end_ms=duration_ms), speech, leftover_speech))
    everything = sorted((*left_out, *fills), key=lambda item: item.start_ms)
    return Slicing(pieces=tuple(kept), dropped=tuple(everything))


def _unnamed(stretch: Region, speech: tuple[Region, ...], leftover: DropReason) -> Dropped:
    spoken_ms = sum(region.duration_ms for region in clip_regions(speech, stretch))
    is_speech = spoken_ms >= LEFTOVER_SPEECH_MS
    return Dropped(
        start_ms=stretch.start_ms,
        end_ms=stretch.end_ms,
        reason=leftover if is_speech else DropReason.SILENCE,
        detail=_LEFTOVER_DETAILS[leftover] if is_speech else "Nothing is spoken here.",
    )
