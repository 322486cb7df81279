"""What a marked-up text asks for, in order: words to say, silences, and named places."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from synthesis.text.markup import LANGUAGE_TAG, PAUSE, pause_ms


class Close(StrEnum):
    """What ends with a text although no mark says so."""

    NOTHING = ""
    SENTENCE = "sentence"
    PARAGRAPH = "paragraph"


@dataclass(frozen=True, kw_only=True)
class Say:
    """Text to be spoken, which may hold inline markup; a plain one has speed 1 and 0 dB.

    ``places`` holds for every character its offset in what the caller wrote.
    """

    text: str
    language: str
    speed: float = 1.0
    volume_db: float = 0.0
    close: Close = Close.NOTHING
    places: tuple[int, ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True, kw_only=True)
class Silence:
    """Nothing, for a time."""

    duration_ms: int


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A place in the speech that the caller wants to be told of."""

    name: str


@dataclass(frozen=True, kw_only=True)
class Unfollowed:
    """Something that was asked for and that no voice can do; the words are spoken without it."""

    note: str


Step = Say | Silence | Mark | Unfollowed


def plan_inline(
    text: str,
    language: str,
    *,
    speed: float = 1.0,
    volume_db: float = 0.0,
    places: Sequence[int] = (),
) -> list[Step]:
    """The steps of a text with inline markup: cut at its pauses, all other markup left inside."""
    places = places or range(len(text))
    steps: list[Step] = []
    start, tag = 0, ""

    def say(end: int) -> None:
        words = text[start:end]
        if not LANGUAGE_TAG.sub("", words).strip():
            return
        first = start + len(words) - len(words.lstrip())
        words = words.strip()
        steps.append(
            Say(
                text=tag + words,
                language=language,
                speed=speed,
                volume_db=volume_db,
                places=(places[first],) * len(tag) + tuple(places[first : first + len(words)]),
            )
        )

    for match in PAUSE.finditer(text):
        say(match.start())
        steps.append(Silence(duration_ms=pause_ms(match["amount"], match["unit"].lower())))
        # A language holds beyond the pause.
        tags = LANGUAGE_TAG.findall(tag + text[start : match.start()])
        start, tag = match.end(), tags[-1] if tags else ""
    say(len(text))
    return steps
