"""When each character of a text is heard, from when its words are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Span:
    """`text[start:end]` is heard from `start_ms` to `end_ms`."""

    start: int
    end: int
    start_ms: float
    end_ms: float


def of_captions(text: str, captions: Mapping[str, Any]) -> dict[str, list[Any]] | None:
    """ElevenLabs' form, in seconds; None where no word has a time.

    A word's time is shared evenly by its characters, and a pause by those between two words.
    """
    words = [
        Span(**{name: word[name] for name in ("start", "end", "start_ms", "end_ms")})
        for sentence in captions.get("sentences", ())
        for word in sentence["words"]
    ]
    if not words:
        return None
    characters = [part for span in _whole(words, len(text)) for part in _each(span)]
    return {
        "characters": list(text),
        "character_start_times_seconds": [round(part.start_ms / 1000, 3) for part in characters],
        "character_end_times_seconds": [round(part.end_ms / 1000, 3) for part in characters],
    }


def _whole(words: list[Span], length: int) -> Iterator[Span]:
    """The words and what lies before, between and after them."""
    first, last = words[0], words[-1]
    begin = Span(start=0, end=0, start_ms=first.start_ms, end_ms=first.start_ms)
    close = Span(start=length, end=length, start_ms=last.end_ms, end_ms=last.end_ms)
    for before, after in pairwise([begin, *words, close]):
        yield Span(start=before.end, end=after.start, start_ms=before.end_ms, end_ms=after.start_ms)
        yield after


def _each(span: Span) -> Iterator[Span]:
    count = span.end - span.start
    for number in range(count):
        step_ms = (span.end_ms - span.start_ms) / count
        yield Span(
            start=span.start + number,
            end=span.start + number + 1,
            start_ms=span.start_ms + number * step_ms,
            end_ms=span.start_ms + (number + 1) * step_ms,
        )
