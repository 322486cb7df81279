"""Guesses from a text how long it takes to say, to compare it with the sound it belongs to."""

import re
from typing import Final

_ONE_SYLLABLE_EACH: Final = re.compile(
    "[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\U00020000-\U0002fa1f0-9]"
)
"""Han, kana, Hangul and digits."""
_HAN: Final = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0002fa1f]")
_KANA: Final = re.compile("[\u3040-\u30ff]")
_HANGUL: Final = re.compile("[\uac00-\ud7af]")
_LATIN_WORD: Final = re.compile(r"[A-Za-z\u00c0-\u024f']+")
_VOWELS: Final = re.compile(r"[aeiouy\u00e0-\u00ff]+", re.IGNORECASE)


def syllables(text: str) -> int:
    """About how many syllables a text has; at least one."""
    words = _LATIN_WORD.findall(text)
    in_words = sum(max(1, len(_VOWELS.findall(word))) for word in words)
    return max(1, len(_ONE_SYLLABLE_EACH.findall(text)) + in_words)


def language_by_script(text: str) -> str:
    """The language that the script speaks for, where nobody named one."""
    if _HANGUL.search(text):
        return "ko"
    if _KANA.search(text):
        return "ja"
    return "zh" if _HAN.search(text) else "en"


def join_texts(first: str, second: str) -> str:
    """Two sentences as one text: a space between them unless both sides are Chinese or Japanese."""
    wide = _is_wide(first[-1]) and _is_wide(second[0])
    return first + ("" if wide else " ") + second


def _is_wide(character: str) -> bool:
    return "\u3000" <= character <= "\u9fff" or "\uff00" <= character <= "\uffef"
