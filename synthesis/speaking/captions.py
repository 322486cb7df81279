"""Captions of a speech: SubRip, WebVTT, and JSON with every word.

Formats: SubRip as players read it, WebVTT after https://www.w3.org/TR/webvtt1/.
"""

import html
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from synthesis.errors import EngineError
from synthesis.text.sentences import effective_length
from synthesis.types import SentenceReport, Speech, WordTime

# What is read at a glance: two lines of 42 Latin letters, or of 21 ideographs.
LONGEST_CUE = 84
_CLOSING = re.compile(r"[，。！？；：、,.!?;:…][”’」』）)\"']*\s*$")


@dataclass(frozen=True, kw_only=True)
class Cue:
    """A piece of text and when it is shown."""

    text: str
    start_ms: int
    end_ms: int


def cues(sentences: Sequence[SentenceReport], *, longest: int = LONGEST_CUE) -> list[Cue]:
    """One cue per sentence; a longer one is cut between words if their times are known."""
    return [cue for sentence in sentences for cue in _cues_of(sentence, longest)]


def _cues_of(sentence: SentenceReport, longest: int) -> Iterator[Cue]:
    pieces = list(_pieces(sentence, longest))
    for index, (text, first) in enumerate(pieces):
        start_ms = sentence.words[first].start_ms if index else sentence.start_ms
        last = index + 1 == len(pieces)
        end_ms = sentence.end_ms if last else sentence.words[pieces[index + 1][1]].start_ms
        yield Cue(text=" ".join(text.split()), start_ms=start_ms, end_ms=end_ms)


def _pieces(sentence: SentenceReport, longest: int) -> Iterator[tuple[str, int]]:
    """Texts of at most so many letters, each with its first word; rather cut after a mark."""
    text, places = sentence.text, list(_places(sentence.text, sentence.words))
    start, first = 0, 0
    # Where a mark allows a cut: offset in the text, and the word that follows.
    marked: tuple[int, int] | None = None
    for index, place in enumerate(places):
        if index == first or effective_length(text[start:place]) <= longest // 2:
            continue
        if _CLOSING.search(text[:place]):
            marked = (place, index)
        if effective_length(text[start : place + len(sentence.words[index].text)]) > longest:
            cut, word = marked or (place, index)
            yield text[start:cut], first
            start, first, marked = cut, word, None
    yield text[start:], first


def _places(text: str, words: Sequence[WordTime]) -> Iterator[int]:
    """Where each word begins in the sentence's text."""
    place = 0
    for word in words:
        place = max(text.find(word.text, place), place)
        yield place
        place += len(word.text)


def _clock(time_ms: int, point: str) -> str:
    seconds, millis = divmod(max(time_ms, 0), 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}{point}{millis:03}"


def delayed(speech: Speech, by_ms: int, *, from_ms: int = 0) -> Speech:
    """The speech as it is timed in a file where all after `from_ms` comes so much later."""

    def at(start_ms: int) -> int:
        return start_ms + by_ms if start_ms >= from_ms else start_ms

    def until(end_ms: int) -> int:
        return end_ms + by_ms if end_ms > from_ms else end_ms

    def later(sentence: SentenceReport) -> SentenceReport:
        return replace(
            sentence,
            start_ms=at(sentence.start_ms),
            end_ms=until(sentence.end_ms),
            words=tuple(
                replace(word, start_ms=at(word.start_ms), end_ms=until(word.end_ms))
                for word in sentence.words
            ),
        )

    return replace(
        speech,
        sentences=tuple(later(sentence) for sentence in speech.sentences),
        marks=tuple(replace(mark, at_ms=at(mark.at_ms)) for mark in speech.marks),
    )


def to_srt(speech: Speech) -> str:
    """SubRip, numbered from 1."""
    blocks = (
        f"{number}\n{_clock(cue.start_ms, ',')} --> {_clock(cue.end_ms, ',')}\n"
        # An arrow inside a text is a time to some players.
        f"{cue.text.replace('-->', '→')}\n"
        for number, cue in enumerate(cues(speech.sentences), start=1)
    )
    return "\n".join(blocks)


def to_vtt(speech: Speech) -> str:
    """WebVTT."""
    blocks = (
        f"{_clock(cue.start_ms, '.')} --> {_clock(cue.end_ms, '.')}\n"
        f"{html.escape(cue.text, quote=False)}\n"
        for cue in cues(speech.sentences)
    )
    return "\n".join(["WEBVTT\n", *blocks])


def as_content(speech: Speech) -> dict[str, object]:
    """Sentences with their words, marks, and what happened, in values that JSON has."""
    kept = ("text", "start", "end", "start_ms", "end_ms", "attempts", "faults", "note", "timing")
    return {
        "duration_ms": round(len(speech.pcm) * 1000 / speech.sample_rate_hz),
        "sentences": [
            {
                **{name: getattr(sentence, name) for name in kept},
                "words": [asdict(word) for word in sentence.words],
            }
            for sentence in speech.sentences
        ],
        "marks": [asdict(mark) for mark in speech.marks],
        "unspoken": [list(part) for part in speech.unspoken],
        "notes": list(speech.notes),
    }


def to_json(speech: Speech) -> str:
    """`as_content` as text."""
    return json.dumps(as_content(speech), ensure_ascii=False, indent=1) + "\n"


WRITERS: dict[str, Callable[[Speech], str]] = {".srt": to_srt, ".vtt": to_vtt, ".json": to_json}


def write_captions(path: Path, speech: Speech) -> None:
    """Write captions in the format of the file's suffix; EngineError for another one."""
    writer = WRITERS.get(path.suffix.lower())
    if writer is None:
        raise EngineError(
            f"Captions are written as {', '.join(WRITERS)}, not as {path.suffix or 'nothing'}.",
            code="unknown_format",
        )
    path.write_text(writer(speech), encoding="utf-8")
