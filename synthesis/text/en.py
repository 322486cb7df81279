"""English text to phones."""

import re
from functools import cache, lru_cache
from typing import Any

from synthesis.text.en_dictionary import Phones, heteronyms, lookup, predict
from synthesis.text.en_heteronyms import tag_of
from synthesis.text.en_normalize import normalize
from synthesis.text.packaged_tables import imported

_TOKEN = re.compile(
    r"""
    [A-Za-z]+(?:[.\-][A-Za-z]+){0,126}\.[A-Za-z]{2,13}\b  # looks like a domain name
    | [A-Za-z][A-Za-z'\-]+[A-Za-z]
    | [A-Za-z]+
    | \S
    """,
    re.VERBOSE,
)
_VOICELESS = frozenset(("P", "T", "K", "F", "TH", "HH"))
_SIBILANTS = frozenset(("S", "Z", "SH", "ZH", "CH", "JH"))
_FEWEST_PHONES = 4


@cache
def _segmenter() -> Any:
    # Slow: reads the counts of a third of a million words.
    wordsegment = imported("wordsegment")
    wordsegment.load()
    return wordsegment


@lru_cache(maxsize=8192)
def word_phones(word: str) -> Phones:
    """Phones of a word whose part of speech does not matter."""
    lower = word.lower()
    known = lookup(lower)
    if known:
        return known
    if len(word) <= 3:
        return tuple(phone for letter in lower for phone in _letter(letter))
    if lower.endswith("'s"):
        return _possessive(word_phones(word[:-2]))
    parts = _segmenter().segment(lower)
    if len(parts) > 1:
        return tuple(phone for part in parts for phone in word_phones(part))
    return predict(lower)


def _letter(letter: str) -> Phones:
    if letter == "a":
        return ("EY1",)
    return lookup(letter) or (letter,)


def _possessive(stem: Phones) -> Phones:
    last = stem[-1] if stem else ""
    if last in _SIBILANTS:
        return (*stem, "AH0", "Z")
    return (*stem, "S" if last in _VOICELESS else "Z")


def _token_phones(tokens: list[str], index: int) -> Phones:
    word = tokens[index]
    lower = word.lower()
    if not re.search("[A-Za-z]", word):
        return (word,)
    if len(word) == 1:
        return ("EY1",) if word == "A" else lookup(lower) or ()
    choice = heteronyms().get(lower)
    if choice:
        return (
            choice.first if tag_of(tokens, index).startswith(choice.tag_prefix) else choice.second
        )
    return word_phones(word)


def phones_by_token(normalized: str) -> list[tuple[int, int, list[str]]]:
    """Start, end and phones of every token of normalised English."""
    found = list(_TOKEN.finditer(normalized))
    tokens = [match[0] for match in found]
    return [
        (match.start(), match.end(), _in_inventory(_token_phones(tokens, index)))
        for index, match in enumerate(found)
    ]


def _in_inventory(phones: Phones) -> list[str]:
    kept = ("-" if phone == "'" else phone for phone in phones)
    return [phone for phone in kept if phone[0].isupper() or phone in "!?,.-"]


def normalized_phones(normalized: str, *, pad: bool = True) -> list[str]:
    """Phones of normalised English; ``pad`` puts a comma before fewer than four of them."""
    phones = [phone for _, _, spoken in phones_by_token(normalized) for phone in spoken]
    return [",", *phones] if pad and len(phones) < _FEWEST_PHONES else phones


def to_phones(text: str) -> tuple[str, list[str]]:
    """Normalised text and phones of one English segment, as `compat`."""
    normalized = normalize(text)
    return normalized, normalized_phones(normalized)
