"""A subset of SSML 1.1: speak p s break prosody say-as sub phoneme lang mark.

Document types, entities and processing instructions are refused, and so are unknown elements and
values, each with line and column.  What is part of SSML but beyond the models, such as a pitch, is
reported as `Unfollowed` and its words are spoken all the same.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from synthesis.errors import EngineError
from synthesis.text import en_spoken_codes, en_spoken_numbers, zh_spoken_codes, zh_spoken_numbers
from synthesis.text.markup import bad_markup, pause_ms, reading
from synthesis.text.plan import Close, Mark, Say, Silence, Step, Unfollowed, plan_inline
from synthesis.text.xml_reader import Characters, Element, read_xml

_STRENGTHS_MS = {
    "none": 0,
    "x-weak": 100,
    "weak": 250,
    "medium": 500,
    "strong": 800,
    "x-strong": 1200,
}
_RATES = {"x-slow": 0.6, "slow": 0.8, "medium": 1.0, "default": 1.0, "fast": 1.25, "x-fast": 1.5}
_VOLUMES_DB = {"x-soft": -12.0, "soft": -6.0, "medium": 0.0, "default": 0.0, "loud": 3.0}
_VOLUMES_DB |= {"x-loud": 6.0}
_ALPHABETS = {"pinyin": "pinyin", "arpabet": "arpabet", "cmu": "arpabet", "kana": "kana"}
_ALPHABETS |= {"x-voiceassets-phones": "phones"}
_BEYOND_THE_MODELS = frozenset(("pitch", "contour", "range", "duration"))
_CLOSES = {"p": Close.PARAGRAPH, "s": Close.SENTENCE}
_SPELLED = frozenset(("digits", "characters", "telephone", "spell-out", "verbatim"))
# The normaliser recognises these by itself; naming them is allowed.
_RECOGNISED = frozenset(("date", "time", "currency", "fraction", "unit", "address", "measure"))


@dataclass(frozen=True, kw_only=True)
class _Manner:
    language: str
    speed: float = 1.0
    volume_db: float = 0.0


def _wrong(element: Element, message: str) -> EngineError:
    return bad_markup(message, line=element.line, column=element.column)


def _attribute(element: Element, name: str) -> str:
    value = element.attributes.get(name, "").strip()
    if not value:
        raise _wrong(element, f"<{element.name}> needs the attribute {name}.")
    return value


def _language(element: Element, manner: _Manner) -> _Manner:
    code = element.attributes.get("xml:lang", "").lower()
    if not code:
        return manner
    language = "yue" if code in ("yue", "zh-hk", "zh-yue") else code.split("-")[0]
    if language not in ("zh", "en", "ja", "ko", "yue"):
        raise _wrong(element, f"The language {code!r} is not one of zh, en, ja, ko, yue.")
    return replace(manner, language=language)


def _prosody(element: Element, manner: _Manner) -> _Manner:
    for name, value in element.attributes.items():
        if name == "rate":
            manner = replace(manner, speed=manner.speed * _rate(element, value))
        elif name == "volume":
            manner = replace(manner, volume_db=manner.volume_db + _volume(element, value))
        elif name not in (*_BEYOND_THE_MODELS, "xml:lang"):
            raise _wrong(element, f"<prosody {name}> is not supported: use rate and volume.")
    if not 0.25 <= manner.speed <= 4:
        raise _wrong(element, "Rates inside rates must lie between 25% and 400% together.")
    return manner


def _rate(element: Element, value: str) -> float:
    number = re.fullmatch(r"(\d{1,3}(?:\.\d{1,2})?)(%?)", value)
    if value not in _RATES and not number:
        raise _wrong(element, f"The rate {value!r} is not a word such as slow, nor 120% or 1.2.")
    rate = _RATES.get(value) or float(number[1] if number else 1) / (
        100 if number and number[2] else 1
    )
    if not 0.25 <= rate <= 4:
        raise _wrong(element, "The rate must lie between 25% and 400%.")
    return rate


def _volume(element: Element, value: str) -> float:
    number = re.fullmatch(r"([+-]?\d{1,2}(?:\.\d)?)dB", value)
    if value in _VOLUMES_DB:
        return _VOLUMES_DB[value]
    if not number:
        raise _wrong(element, f"The volume {value!r} is not a word such as soft, nor +3dB.")
    return float(number[1])


def _break(element: Element) -> Silence:
    time = element.attributes.get("time")
    if time is None:
        strength = element.attributes.get("strength", "medium")
        if strength not in _STRENGTHS_MS:
            known = ", ".join(_STRENGTHS_MS)
            raise _wrong(element, f"The strength {strength!r} is not one of {known}.")
        return Silence(duration_ms=_STRENGTHS_MS[strength])
    written = re.fullmatch(r"(\d{1,6}(?:\.\d{1,3})?)(ms|s)", time)
    if written is None:
        raise _wrong(element, f"The time {time!r} is not written like 800ms or 1.5s.")
    return Silence(duration_ms=pause_ms(written[1], written[2]))


def _said_as(element: Element, manner: _Manner) -> str:
    kind, text = _attribute(element, "interpret-as"), element.text.strip()
    english = manner.language == "en"
    if kind in _SPELLED:
        return en_spoken_codes.spell_code(text) if english else zh_spoken_codes.spell_code(text)
    if kind in ("cardinal", "number", "ordinal"):
        if not re.fullmatch(r"[-+]?\d{1,15}(?:\.\d{1,15})?", text):
            raise _wrong(element, f"{text!r} is not a number.")
        if kind == "ordinal":
            digits = text.lstrip("+-").partition(".")[0]
            if english:
                return en_spoken_numbers.ordinal(digits)
            return "第" + zh_spoken_numbers.plain(digits)
        return en_spoken_numbers.signed(text) if english else zh_spoken_numbers.signed(text)
    if kind not in _RECOGNISED:
        raise _wrong(element, f"interpret-as {kind!r} is not supported.")
    return text


def _phoneme(element: Element, manner: _Manner) -> str:
    written = element.attributes.get("alphabet", "pinyin").lower()
    if written not in _ALPHABETS:
        raise _wrong(element, f"The alphabet {written!r} is not one of {', '.join(_ALPHABETS)}.")
    value, text = _attribute(element, "ph"), element.text.strip()
    if not text or re.search(r"[|\[\]]", value + text):
        raise _wrong(element, "A phoneme holds the text it is for, and neither | nor brackets.")
    try:
        reading(_ALPHABETS[written], value, text)
    except EngineError as error:
        raise _wrong(element, error.message) from error
    return f"[{_ALPHABETS[written]}:{value}|{text}]"


_INLINE: dict[str, Callable[[Element, _Manner], str]] = {
    "say-as": _said_as,
    "phoneme": _phoneme,
    "sub": lambda element, manner: _attribute(element, "alias"),
}
_CONTAINERS = frozenset(("p", "s", "prosody", "lang"))


@dataclass(frozen=True, kw_only=True)
class _Spoken:
    manner: _Manner
    text: str
    places: tuple[int, ...]


_Stretch = _Spoken | Step | Close


def _collapsed(characters: Characters, manner: _Manner) -> _Spoken:
    """Text with every run of blanks as one."""
    kept = [
        (" " if char.isspace() else char, place)
        for index, (char, place) in enumerate(zip(characters.text, characters.places, strict=True))
        if not (char.isspace() and characters.text[index - 1 : index].isspace())
    ]
    text, places = "".join(char for char, _ in kept), tuple(place for _, place in kept)
    return _Spoken(manner=manner, text=text, places=places)


def _replaced(element: Element, manner: _Manner) -> _Spoken:
    """What is said for an element, laid evenly over the text inside."""
    text, inside = _INLINE[element.name](element, manner), element.places
    if not inside:
        raise _wrong(element, f"<{element.name}> needs the text that it is for.")
    places = tuple(inside[index * len(inside) // len(text)] for index in range(len(text)))
    # The last character stands for the end of the text inside.
    return _Spoken(manner=manner, text=text, places=(*places[:-1], inside[-1]))


def _stretches(element: Element, manner: _Manner) -> Iterator[_Stretch]:
    for child in element.children:
        if isinstance(child, Characters):
            yield _collapsed(child, manner)
        elif child.name in _INLINE:
            yield _replaced(child, manner)
        elif child.name in _CONTAINERS:
            inner = _language(child, manner)
            if child.name == "prosody":
                yield from _unfollowed(child)
                inner = _prosody(child, inner)
            if child.name in _CLOSES:
                yield Close.SENTENCE
            yield from _stretches(child, inner)
            if child.name in _CLOSES:
                yield _CLOSES[child.name]
        elif child.name == "break":
            yield _break(child)
        elif child.name == "mark":
            yield Mark(name=_attribute(child, "name"))
        else:
            raise _wrong(child, f"<{child.name}> is not supported here.")


def _unfollowed(element: Element) -> Iterator[Unfollowed]:
    for name in sorted(_BEYOND_THE_MODELS & element.attributes.keys()):
        where = f"line {element.line}, column {element.column}"
        yield Unfollowed(note=f"{name}={element.attributes[name]!r} at {where} has no effect.")


def plan_ssml(document: str, language: str) -> list[Step]:
    """The steps of an SSML document; ``language`` holds where it names none.

    Raises ``bad_markup`` with line and column.
    """
    root = read_xml(document)
    if root.name != "speak":
        raise _wrong(root, "An SSML document begins with <speak>.")
    steps: list[Step] = []
    open_: list[_Spoken] = []

    def flush() -> None:
        if open_:
            manner = open_[0].manner
            steps.extend(
                plan_inline(
                    "".join(spoken.text for spoken in open_),
                    manner.language,
                    speed=manner.speed,
                    volume_db=manner.volume_db,
                    places=[place for spoken in open_ for place in spoken.places],
                )
            )
            open_.clear()

    for stretch in _stretches(root, _language(root, _Manner(language=language))):
        if not isinstance(stretch, _Spoken) or (open_ and open_[0].manner != stretch.manner):
            flush()
        if isinstance(stretch, _Spoken):
            open_.append(stretch)
        elif not isinstance(stretch, Close):
            steps.append(stretch)
        elif steps and isinstance(steps[-1], Say):
            strongest = (
                Close.PARAGRAPH if Close.PARAGRAPH in (stretch, steps[-1].close) else stretch
            )
            steps[-1] = replace(steps[-1], close=strongest)
    flush()
    return steps


def plan(text: str, language: str) -> list[Step]:
    """The steps of a text: SSML when it begins like it, else a text with inline markup."""
    if re.match(r"\s*<(?:speak\b|\?xml|!DOCTYPE)", text):
        return plan_ssml(text, language)
    return plan_inline(text, language)
