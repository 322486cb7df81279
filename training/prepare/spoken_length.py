"""Guesses from a text how long it takes to say, to compare it with the sound it belongs to."""

import re
from typing import Final

_ONE_SYLLABLE_EACH: Final = re.compile(
    "[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\U00020000-\U0002fa1f0-9]"
)
"""Han, kana, Hangul and digits."""
_LATIN_WORD: Final = re.compile(r"[A-Za-z\u00c0-\u024f']+")
_VOWELS: Final = re.compile(r"[aeiouy\u00e0-\u00ff]+", re.IGNORECASE)


def syllables(text: str) -> int:
    """About how many syllables a text has; at least one."""
    words = _LATIN_WORD.findall(text)
    in_words = sum(max(1, len(_VOWELS.findall(word))) for word in words)
    return max(1, len(_ONE_SYLLABLE_EACH.findall(text)) + in_words)
