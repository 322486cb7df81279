"""Inline markup: readings, languages and pauses written into a text.

``字(zi4)`` gives the last characters before the bracket their pinyin.
``[pinyin:ni3 hao3|XY]`` does so for any text, ``[arpabet:K IY1|qi]``, ``[kana:くるま|車]`` and
``[phones:zh:z i04|字]`` in other alphabets; ``[alias:say this|text]`` replaces.
``[ZH]``, ``[EN]`` and the like set the language from there on, ``[AUTO]`` returns to the request's.
``[pause:800ms]`` is a silence.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from synthesis.errors import EngineError
from synthesis.text.pinyin_phones import split_syllable
from synthesis.text.symbols import SYMBOLS_V2, arpabet

LONGEST_PAUSE_MS = 10_000
LANGUAGE_TAGS = ("zh", "en", "ja", "ko", "yue", "auto")
ALPHABETS = ("pinyin", "arpabet", "kana", "phones", "alias")

_SYLLABLE = r"(?-i:[a-zü:]{1,6}[1-5])"
_CODES = "|".join(LANGUAGE_TAGS)
_KANA = re.compile(r"[\u3040-\u30ff\uff66-\uff9f\s]+")
LANGUAGE_TAG = re.compile(rf"\[(?:{_CODES})\]", re.IGNORECASE)
_PAUSE = r"\[pause:(?P<amount>\d{1,6}(?:\.\d{1,3})?)(?P<unit>ms|s)\]"
PAUSE = re.compile(_PAUSE, re.IGNORECASE)
_TOKEN = re.compile(
    rf"(?P<han>[\u4e00-\u9fff]+)[(（](?P<readings>{_SYLLABLE}(?:\s{_SYLLABLE}){{0,15}})[)）]"
    rf"|\[(?P<alphabet>{'|'.join(ALPHABETS)}):(?P<value>[^|\[\]]{{1,200}})"
    r"\|(?P<text>[^|\[\]]{1,100})\]"
    rf"|\[(?P<language>{_CODES})\]"
    rf"|{_PAUSE}",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class Plain:
    """Text without markup; ``offset`` is its place in the written text."""

    offset: int
    text: str


@dataclass(frozen=True, kw_only=True)
class Reading:
    """Text with the phones it is to have: per character (initial, final) or as a whole."""

    text: str
    language: str
    syllables: tuple[tuple[str, str], ...] = ()
    phones: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Language:
    """From here on texts are in this language; empty means the request's."""

    code: str


@dataclass(frozen=True, kw_only=True)
class Pause:
    """A silence in place of a mark."""

    duration_ms: int


Part = Plain | Reading | Language | Pause


def bad_markup(message: str, **place: int | str) -> EngineError:
    """The error for markup that cannot be followed, with its place in the message and as data."""
    if "line" in place:
        message = f"Line {place['line']}, column {place['column']}: {message}"
    return EngineError(message, code="bad_markup", data=place)


def pause_ms(amount: str, unit: str) -> int:
    """A written duration in milliseconds; refuses more than ten seconds."""
    duration = round(float(amount) * (1000 if unit == "s" else 1))
    if duration > LONGEST_PAUSE_MS:
        raise bad_markup(
            f"A pause of {amount}{unit} is over {LONGEST_PAUSE_MS} ms: make it shorter."
        )
    return duration


def reading(alphabet: str, value: str, text: str, *, offset: int = 0) -> Reading | Plain:
    """What a value in one of `ALPHABETS` says about a text, or ``bad_markup`` if nothing.

    Kana and aliases are texts themselves, and come back as such.
    """
    if alphabet == "kana" and not _KANA.fullmatch(value):
        raise bad_markup(f"{value!r} is not kana: write it as in くるま or クルマ.", offset=offset)
    if alphabet in ("kana", "alias"):
        return Plain(offset=offset, text=value)
    if alphabet == "pinyin":
        try:
            syllables = tuple(split_syllable(syllable) for syllable in value.split())
        except ValueError as error:
            raise bad_markup(str(error), offset=offset) from error
        return Reading(text=text, language="zh", syllables=syllables)
    language, phones = "en", value.split()
    known = set(arpabet())
    if alphabet == "phones":
        language, _, written = value.rpartition(":")
        language, phones, known = language or "zh", written.split(), set(SYMBOLS_V2)
    unknown = [phone for phone in phones if phone not in known]
    if unknown or not phones or language not in LANGUAGE_TAGS:
        raise bad_markup(f"{value!r} is not a list of {alphabet} phones.", offset=offset)
    return Reading(text=text, language=language, phones=tuple(phones))


def _marked(match: re.Match[str]) -> Iterator[Part]:
    if match["han"]:
        yield from _bracketed(match)
    elif match["alphabet"]:
        yield reading(
            match["alphabet"].lower(), match["value"], match["text"], offset=match.start()
        )
    elif match["language"]:
        code = match["language"].lower()
        yield Language(code="" if code == "auto" else code)
    else:
        yield Pause(duration_ms=pause_ms(match["amount"], match["unit"].lower()))


def _bracketed(match: re.Match[str]) -> Iterator[Part]:
    han, readings = match["han"], match["readings"].split()
    try:
        syllables = tuple(split_syllable(syllable) for syllable in readings)
    except ValueError:
        # An ordinary bracket such as 价格(A5).
        yield Plain(offset=match.start(), text=match[0])
        return
    covered = min(len(syllables), len(han))
    if len(han) > covered:
        yield Plain(offset=match.start(), text=han[:-covered])
    yield Reading(text=han[-covered:], language="zh", syllables=syllables)


def parse(text: str) -> list[Part]:
    """The parts of a text in order; raises ``bad_markup`` with the offset of what is wrong."""
    parts: list[Part] = []
    start = 0
    for match in _TOKEN.finditer(text):
        if match.start() > start:
            parts.append(Plain(offset=start, text=text[start : match.start()]))
        parts.extend(_marked(match))
        start = match.end()
    if start < len(text):
        parts.append(Plain(offset=start, text=text[start:]))
    return parts


# A blank that is neither a word nor a mark, in place of a sign of markup.
NOTHING = "\u2060"


def masked(text: str) -> str:
    """The text with markup blanked out, every remaining letter at its place.

    What is inside a mark-up keeps its letters and loses its punctuation, so that nothing cuts it.
    """
    return _TOKEN.sub(_blanked, text)


def _blanked(match: re.Match[str]) -> str:
    group = "han" if match["han"] else "text"
    start, end = (place - match.start() for place in match.span(group))
    return "".join(
        char if start <= index < end and char.isalnum() else NOTHING
        for index, char in enumerate(match[0])
    )


def written(text: str) -> str:
    """The text as people read it: what stands in a mark-up, without the mark-up."""
    return _TOKEN.sub(lambda match: match["han"] or match["text"] or "", text)
