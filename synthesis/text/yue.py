"""Cantonese text to phones, through the Mandarin normaliser and ToJyutping's word dictionary."""

import re
from functools import cache
from typing import Any

from synthesis.text.packaged_tables import imported
from synthesis.text.symbols import CANTONESE_ONSETS
from synthesis.text.zh_normalize import MARKS, expand_numbers

_MARK_TABLE = str.maketrans(
    {
        **dict.fromkeys("：；，·、", ","),
        **dict.fromkeys("。$\n", "."),
        **dict.fromkeys("—～~", "-"),
        "！": "!",
        "？": "?",
    }
)
_FOREIGN = re.compile(rf"[^\u4e00-\u9fa5{re.escape(MARKS)}]")
# Syllables without an onset are cut after the longest of these; the last three are no symbols of
# the inventory, so that such syllables come out as unknown, as checkpoints learnt them.
_HEADS = tuple(sorted((*CANTONESE_ONSETS, "ap", "ong", "ung"), key=len, reverse=True))


@cache
def _jyutping() -> Any:
    # Slow: loads its dictionary.
    return imported("ToJyutping")


def normalize(text: str) -> str:
    """Simplified characters and the six marks; runs of marks are kept as they are."""
    return _FOREIGN.sub("", expand_numbers(text).replace("...", "…").translate(_MARK_TABLE))


def syllable_phones(jyutping: str) -> tuple[str, str]:
    """Onset symbol and rime symbol with tone of one syllable such as ``hoeng1``."""
    letters, tone = jyutping[:-1], jyutping[-1]
    head = next((head for head in _HEADS if letters.startswith(head)), letters[:1])
    rime = letters[len(head) :] or letters[-1]
    return f"Y{head}", f"Y{rime}{tone}"


def normalized_phones(normalized: str) -> tuple[list[str], list[int]]:
    """Phones of normalised Cantonese and how many of them each of its characters owns."""
    phones: list[str] = []
    word2ph: list[int] = []
    for char, reading in _jyutping().get_jyutping_list(normalized):
        if char in MARKS:
            spelled: tuple[str, ...] = (char,)
        else:
            spelled = syllable_phones(reading) if reading else ()
        phones.extend(spelled)
        word2ph.append(len(spelled))
    return phones, word2ph


def to_phones(text: str) -> tuple[str, list[str], list[int]]:
    """Normalised text, phones and phones per character of one Cantonese segment."""
    normalized = normalize(text)
    phones, word2ph = normalized_phones(normalized)
    return normalized, phones, word2ph
