"""What a marked-up text asks for, in order: words to say, silences, and named places."""

from dataclasses import dataclass

from synthesis.text.markup import LANGUAGE_TAG, PAUSE, pause_ms


@dataclass(frozen=True, kw_only=True)
class Say:
    """Text to be spoken, which may hold inline markup; a plain one has speed 1 and 0 dB."""

    text: str
    language: str
    speed: float = 1.0
    volume_db: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Silence:
    """Nothing, for a time."""

    duration_ms: int


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A place in the speech that the caller wants to be told of."""

    name: str


Step = Say | Silence | Mark


def plan_inline(
    text: str, language: str, *, speed: float = 1.0, volume_db: float = 0.0
) -> list[Step]:
    """The steps of a text with inline markup: cut at its pauses, all other markup left inside."""
    steps: list[Step] = []
    start, tag = 0, ""
    for match in PAUSE.finditer(text):
        before = tag + text[start : match.start()]
        steps.extend(_say(before, language, speed, volume_db))
        steps.append(Silence(duration_ms=pause_ms(match["amount"], match["unit"].lower())))
        # A language holds beyond the pause.
        tags = LANGUAGE_TAG.findall(before)
        start, tag = match.end(), tags[-1] if tags else ""
    return [*steps, *_say(tag + text[start:], language, speed, volume_db)]


def _say(text: str, language: str, speed: float, volume_db: float) -> list[Say]:
    words = text.strip()
    if not LANGUAGE_TAG.sub("", words):
        return []
    return [Say(text=words, language=language, speed=speed, volume_db=volume_db)]
