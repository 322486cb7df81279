"""An utterance as the engine performs it: sentences read and placed, silences, marks.

Markup is followed first, then texts are cut into sentences, and every sentence is read with the
utterance's lexicon. Everything is read before anything is spoken, so that a text that cannot be
followed is refused while nothing has been heard yet.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from synthesis.errors import UnspeakableText
from synthesis.front_end import FrontEnd, SpokenText
from synthesis.text.markup import LANGUAGE_TAG, masked
from synthesis.text.plan import Close, Mark, Say, Silence, Step
from synthesis.text.sentences import sentence_spans
from synthesis.text.ssml import plan
from synthesis.types import Pauses, Utterance

# A page of a book. More of it belongs into several utterances, each of which can be stopped.
LONGEST_UTTERANCE = 10_000
_CLAUSE_MARKS = frozenset("，、；：,;:")
_SENTENCE_MARKS = frozenset("。！？!?.")
_CLOSERS = "”’」』）)\"'"
# A sentence that is cut where there is no mark, or that changes its manner in the middle.
_SEAM_MS = 0


@dataclass(frozen=True, kw_only=True)
class Line:
    """One sentence: as written, as read, and the offset in the utterance of each character read."""

    text: str
    read: SpokenText
    places: tuple[int, ...]
    speed: float
    volume_db: float


@dataclass(frozen=True, kw_only=True)
class Script:
    """What to perform, in order, and what of the text cannot be."""

    steps: tuple[Line | Silence | Mark, ...]
    unspoken: tuple[tuple[int, str], ...]
    notes: tuple[str, ...]

    @property
    def lines(self) -> list[Line]:
        """The sentences alone."""
        return [step for step in self.steps if isinstance(step, Line)]


def read_script(front: FrontEnd, utterance: Utterance) -> Script:
    """Follow an utterance's markup and read its sentences.

    Raises:
        UnspeakableText: there is nothing to say in all of it, or too much.
        EngineError: the markup or the language cannot be followed.
    """
    if len(utterance.text) > LONGEST_UTTERANCE:
        raise UnspeakableText(
            f"The text has {len(utterance.text)} characters, over {LONGEST_UTTERANCE}: "
            "speak it in parts.",
            code="text_too_long",
            data={"characters": len(utterance.text), "limit": LONGEST_UTTERANCE},
        )
    reader = _Reader(front, utterance)
    for step in _planned(utterance):
        reader.take(step)
    if not any(isinstance(step, Line) for step in reader.steps):
        raise UnspeakableText(
            "The text has nothing that can be spoken: write words or numbers.",
            data={"unspoken": [list(part) for part in reader.unspoken]},
        )
    return Script(
        steps=tuple(reader.steps), unspoken=tuple(reader.unspoken), notes=tuple(reader.notes)
    )


def _planned(utterance: Utterance) -> list[Step]:
    text = utterance.text
    if utterance.profile == "studio":
        return plan(text, utterance.language)
    return [Say(text=text, language=utterance.language, places=tuple(range(len(text))))]


class _Reader:
    """Turns planned steps into a script, one after the other."""

    def __init__(self, front: FrontEnd, utterance: Utterance) -> None:
        self._front, self._utterance = front, utterance
        self.steps: list[Line | Silence | Mark] = []
        self.unspoken: list[tuple[int, str]] = []
        self.notes: list[str] = []
        self._pause_ms = 0

    def take(self, step: Step) -> None:
        if isinstance(step, Say):
            self._say(step)
        elif isinstance(step, Silence):
            # What is written in place of a pause replaces the pause.
            self._pause_ms = 0
            self.steps.append(step)
        elif isinstance(step, Mark):
            self.steps.append(step)
        else:
            self.notes.append(step.note)

    def _say(self, say: Say) -> None:
        spans = list(self._spans(say))
        for index, (start, end) in enumerate(spans):
            line = self._line(say, start, end)
            if line is None:
                continue
            if self._pause_ms:
                self._add_pause()
            self.steps.append(line)
            following = spans[index + 1][0] if index + 1 < len(spans) else len(say.text)
            last = index + 1 == len(spans)
            self._pause_ms = pause_after(
                say.text[start:end],
                say.text[end:following],
                say.close if last else Close.NOTHING,
                self._utterance.pauses,
            )

    def _add_pause(self) -> None:
        """The pause that a sentence's end asks for stands before marks, where speech stops."""
        place = len(self.steps)
        while place and isinstance(self.steps[place - 1], Mark):
            place -= 1
        self.steps.insert(place, Silence(duration_ms=self._pause_ms))

    def _spans(self, say: Say) -> Iterator[tuple[int, int]]:
        shown = masked(say.text) if self._utterance.profile == "studio" else say.text
        try:
            yield from sentence_spans(shown, self._utterance.cuts)
        except UnspeakableText:
            self._note_unspoken(say.text, say.places)

    def _line(self, say: Say, start: int, end: int) -> Line | None:
        # A language holds beyond the sentence that names it.
        tags = LANGUAGE_TAG.findall(say.text[:start]) if self._utterance.profile == "studio" else []
        tag = tags[-1] if tags else ""
        text = say.text[start:end]
        places = (say.places[start],) * len(tag) + say.places[start:end]
        try:
            read = self._front.read(
                tag + text,
                say.language,
                lexicon=self._utterance.lexicon,
                profile=self._utterance.profile,
            )
        except UnspeakableText as error:
            if error.code != UnspeakableText.code:
                raise
            self._note_unspoken(text, say.places[start:end])
            return None
        for run in read.runs:
            self.unspoken.extend((places[offset], what) for offset, what in run.unspoken)
        return Line(text=text, read=read, places=places, speed=say.speed, volume_db=say.volume_db)

    def _note_unspoken(self, text: str, places: Sequence[int]) -> None:
        """Marks and blanks alone are nothing that could be missed."""
        if any(unicodedata.category(char)[0] not in "PZC" for char in text):
            self.unspoken.append((places[0], text))


def pause_after(text: str, gap: str, close: Close, pauses: Pauses) -> int:
    """The silence in milliseconds after a sentence that ends in `text` and is followed by `gap`."""
    mark = text.rstrip(_CLOSERS)[-1:]
    lines = gap.count("\n")
    pause_ms = _SEAM_MS
    if mark in _CLAUSE_MARKS:
        pause_ms = pauses.clause_ms
    elif mark == "…" or text.endswith("..."):
        pause_ms = pauses.ellipsis_ms
    elif mark in _SENTENCE_MARKS or close is Close.SENTENCE:
        pause_ms = pauses.sentence_ms
    if lines:
        pause_ms = max(pause_ms, pauses.line_ms)
    if lines > 1 or close is Close.PARAGRAPH:
        pause_ms = max(pause_ms, pauses.paragraph_ms)
    return round(pause_ms * pauses.scale)
