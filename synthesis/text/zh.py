"""Mandarin text to phones."""

import re
from collections.abc import Mapping

from synthesis.text.pinyin_phones import split_syllable, syllable_phones
from synthesis.text.zh_normalize import MARKS, normalize
from synthesis.text.zh_sandhi import change_tones, merge_erhua, merge_words
from synthesis.text.zh_segment import (
    cut_with_tags,
    is_phrase,
    piece_readings,
    word_finals,
    word_initials,
)
from synthesis.text.zh_words import READING_OVERRIDES

_AFTER_MARK = re.compile(rf"(?<=[{re.escape(MARKS)}])")
# A mark in the text that turns every comma of its segment into a longer pause.
_PAUSE_MARKS = (("￥", "SP2"), ("^", "SP3"))


def normalized_phones(
    normalized: str,
    *,
    erhua: bool,
    whole_sentence: bool = False,
    prescribed: Mapping[int, tuple[str, str]] | None = None,
) -> tuple[list[str], list[int]]:
    """Phones of normalised Mandarin and how many of them each of its characters owns.

    ``whole_sentence`` reads characters in the context of their piece, not of their word alone.
    ``prescribed`` maps places of characters to (initial, final with tone), which no rule changes.
    """
    phones: list[str] = []
    word2ph: list[int] = []
    for piece in _AFTER_MARK.split(normalized):
        context = piece_readings(piece) if whole_sentence else None
        start = 0
        for text, tag in merge_words(cut_with_tags(piece)):
            initials, finals = _word_reading(text, context, start)
            start += len(text)
            finals = change_tones(text, tag, finals)
            if erhua:
                finals = merge_erhua(text, tag, finals)
            for char, *syllable in zip(text, initials, finals, strict=True):
                initial, final = (prescribed or {}).get(len(word2ph), syllable)
                spelled = _character_phones(char, initial, final)
                phones.extend(spelled)
                word2ph.append(len(spelled))
    return phones, word2ph


def _word_reading(
    text: str, context: tuple[tuple[str, ...], tuple[str, ...]] | None, start: int
) -> tuple[list[str], list[str]]:
    if context is None:
        return word_initials(text), word_finals(text)
    override = READING_OVERRIDES.get(text)
    if override:
        split = [split_syllable(syllable) for syllable in override]
        return [initial for initial, _ in split], [final for _, final in split]
    if is_phrase(text):
        return word_initials(text), word_finals(text)
    end = start + len(text)
    initials, finals = list(context[0][start:end]), list(context[1][start:end])
    for index, char in enumerate(text):
        if char in READING_OVERRIDES:
            initials[index], finals[index] = split_syllable(READING_OVERRIDES[char][0])
    return initials, finals


def _character_phones(char: str, initial: str, final: str) -> tuple[str, ...]:
    if char in MARKS:
        return (char,)
    return syllable_phones(initial, final[:-1], final[-1:]) or ()


def to_phones(text: str, *, version: str) -> tuple[str, list[str], list[int]]:
    """Normalised text, phones and phones per character of one Mandarin segment, as `compat`."""
    for mark, pause in _PAUSE_MARKS:
        if mark in text:
            normalized = normalize(text.replace(mark, ","))
            phones, word2ph = normalized_phones(normalized, erhua=version != "v1")
            return (
                normalized,
                [pause if phone == "," else phone for phone in phones],
                word2ph,
            )
    normalized = normalize(text)
    phones, word2ph = normalized_phones(normalized, erhua=version != "v1")
    return normalized, phones, word2ph
