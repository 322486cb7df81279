"""Japanese text to phones with pitch marks, from OpenJTalk's full-context labels.

The scheme of marks is Kurihara et al., "Prosodic features control by symbols as input of
sequence-to-sequence acoustic modeling for neural TTS" (2021).
"""

import inspect
import itertools
import re
from functools import cache, lru_cache
from typing import Any

from synthesis.text.packaged_tables import imported

_MARK_RUN = re.compile(r"([!?…,.\-])[!?…,.\-]+")
_SPOKEN = (
    r"A-Za-z\d\u3005\u3040-\u30ff\u4e00-\u9fff"
    r"\uff11-\uff19\uff21-\uff3a\uff41-\uff5a\uff66-\uff9d"
)
_CHUNK = re.compile(rf"[{_SPOKEN}]+|[^{_SPOKEN}]")
_IS_SPOKEN = re.compile(rf"[{_SPOKEN}]")
_MARK_OF = {
    **dict.fromkeys("：；，·、", ","),
    **dict.fromkeys("。\n", "."),
    "！": "!",
    "？": "?",
}
_PHONE = re.compile(r"-(.*?)\+")
_NUMBERS = {
    "fall": re.compile(r"/A:(-?\d+)\+"),
    "place": re.compile(r"\+(\d+)\+"),
    "left": re.compile(r"\+(\d+)/"),
    "moras": re.compile(r"/F:(\d+)_"),
}
_ABSENT = -50
_BORDER_AFTER = frozenset(("a", "e", "i", "o", "u", "A", "E", "I", "O", "U", "N", "cl"))


@cache
def _labels_of() -> Any:
    # Slow: loads its dictionary.
    extract = imported("pyopenjtalk").extract_fullcontext
    if "use_vanilla" not in inspect.signature(extract).parameters:
        return extract
    # The packaged variant adds corrections of its own, which checkpoints have not met.
    return lambda text: extract(text, use_vanilla=True)


def normalize(text: str) -> str:
    """Runs of marks become their first."""
    return _MARK_RUN.sub(r"\1", text)


def _number(name: str, label: str) -> int:
    found = _NUMBERS[name].search(label)
    return int(found[1]) if found else _ABSENT


def _pitch_mark(phone: str, label: str, following: str) -> str | None:
    place, next_place = _number("place", label), _number("place", following)
    if _number("left", label) == 1 and next_place == 1 and phone in _BORDER_AFTER:
        return "#"
    if _number("fall", label) == 0 and next_place == place + 1 and place != _number("moras", label):
        return "]"
    if place == 1 and next_place == 2:
        return "["
    return None


def _chunk_phones(text: str) -> list[str]:
    labels = _labels_of()(text)
    phones: list[str] = []
    # The first and the last label are the silence around the chunk.
    for label, following in itertools.pairwise(labels[1:]):
        found = _PHONE.search(label)
        phone = found[1] if found else ""
        if phone == "pau":
            phones.append("_")
            continue
        if phone == "sil" or not phone:
            continue
        voiced = phone.lower() if phone in "AEIOU" else phone
        phones.append(voiced)
        mark = _pitch_mark(phone, label, following)
        if mark:
            phones.append(mark)
    return phones


@lru_cache(maxsize=8192)
def can_say(ideograph: str) -> bool:
    """Whether the dictionary has a reading of it."""
    return any(phone.isalnum() for phone in _chunk_phones(ideograph))


def normalized_phones(normalized: str) -> list[str]:
    """Phones, pitch marks and punctuation; ``#`` is a phrase border, which no inventory has."""
    phones: list[str] = []
    for chunk in _CHUNK.findall(normalized.replace("％", "パーセント").lower()):
        if _IS_SPOKEN.match(chunk):
            phones.extend(_chunk_phones(chunk))
        elif chunk != " ":
            phones.append(_MARK_OF.get(chunk, chunk))
    return phones


def to_phones(text: str) -> tuple[str, list[str]]:
    """Normalised text and phones of one Japanese segment."""
    normalized = normalize(text)
    return normalized, normalized_phones(normalized)
