"""Mandarin text to phones."""

import re

from synthesis.text.pinyin_phones import syllable_phones
from synthesis.text.zh_normalize import MARKS, normalize
from synthesis.text.zh_sandhi import change_tones, merge_erhua, merge_words
from synthesis.text.zh_segment import cut_with_tags, word_finals, word_initials

_AFTER_MARK = re.compile(rf"(?<=[{re.escape(MARKS)}])")
# A mark in the text that turns every comma of its segment into a longer pause.
_PAUSE_MARKS = (("￥", "SP2"), ("^", "SP3"))


def normalized_phones(normalized: str, *, erhua: bool) -> tuple[list[str], list[int]]:
    """Phones of normalised Mandarin and how many of them each of its characters owns."""
    phones: list[str] = []
    word2ph: list[int] = []
    for piece in _AFTER_MARK.split(normalized):
        for text, tag in merge_words(cut_with_tags(piece)):
            finals = change_tones(text, tag, word_finals(text))
            if erhua:
                finals = merge_erhua(text, tag, finals)
            for char, initial, final in zip(text, word_initials(text), finals, strict=True):
                spelled = _character_phones(char, initial, final)
                phones.extend(spelled)
                word2ph.append(len(spelled))
    return phones, word2ph


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
