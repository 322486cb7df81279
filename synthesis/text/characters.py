"""Makes a text fit for the studio normaliser, character by character, and notes what cannot speak.

Widths, ligatures, foreign digits and rare ideographs are folded to what the rules know; emoji,
unknown scripts and ornaments are taken out and reported with their offset.
"""

import unicodedata
from dataclasses import dataclass
from functools import cache

from synthesis.text.packaged_tables import imported
from synthesis.text.pinyin_phones import split_syllable

# Marks and signs that some rule reads or that the voice shows as a pause.
_MARKS = frozenset("，。！？；：、…—–·‘’“”「」『』《》〈〉【】（）〔〕〜～!?,.;:'\"()[]{}<>-_/\\|~")
_SIGNS = frozenset("+=×÷±≈≠≥≤√∞°%‰&@#$¥€£₩₹₽฿₫₱₺₴₦₪*→←^′″Ω")
_SUPERSCRIPTS = frozenset("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻")
_GREEK = range(0x391, 0x3CA)
_KANA = (range(0x3041, 0x3097), range(0x309D, 0x30FB), range(0x30FC, 0x3100))
_HANGUL = (range(0xAC00, 0xD7A4), range(0x1100, 0x1200), range(0x3131, 0x3164))
_VOICING_MARKS = "\u3099\u309a"
_REPLACED = {
    "￥": "¥",
    "〇": "零",
    "№": "No.",
    "〆": "しめ",
    "㎡": "m²",
    "㎥": "m³",
    **{chr(0x2160 + index): str(index + 1) for index in range(12)},
    "𠮷": "吉",
    "ß": "ss",
    "æ": "ae",
    "Æ": "Ae",
    "œ": "oe",
    "Œ": "Oe",
    "ø": "o",
    "Ø": "O",
    "ł": "l",
    "Ł": "L",
    "đ": "d",
    "Đ": "D",
    "ð": "d",
    "þ": "th",
    "ı": "i",
    "⁄": "/",
    "∶": ":",
    "−": "-",
    "‐": "-",
    "‑": "-",
    "‒": "-",
    "―": "—",
    "∼": "~",
    "⋯": "…",
    "×": "×",
    "✕": "×",
    "µ": "μ",
    "〝": "“",
    "〞": "”",
    "｡": "。",
    "､": "、",
    "･": "·",
    "・": "·",
    "•": "·",
    "　": " ",
    # Signs for measures that no reading dictionary knows, and dialect syllables.
    "兙": "十克",
    "兡": "百克",
    "嗧": "加仑",
    "瓧": "十瓦",
    "瓰": "分瓦",
    "瓱": "毫瓦",
    "瓼": "厘瓦",
    "甅": "厘瓦",
    "噷": "哼",
    "覅": "勿要",
}
_KEPT_WIDE = frozenset("，。！？；：、（）～")
_UNREADABLE = frozenset("桛烪")
_LINE_BREAKS = frozenset("\n\r\x0b\x0c\x85\u2028\u2029")


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """The folded text, and what was taken out of the original as (offset, characters)."""

    text: str
    unspoken: tuple[tuple[int, str], ...]


@cache
def _homophones() -> dict[str, str]:
    """Reading with tone mark to a common character that has this reading only."""
    found: dict[str, str] = {}
    for code, readings in imported("pypinyin.constants").PINYIN_DICT.items():
        if 0x4E00 <= code <= 0x9FA5 and "," not in readings:
            char = chr(code)
            encoded = char.encode("gb2312", errors="ignore")
            # The first level of GB 2312 holds the 3,755 most used characters.
            if encoded and encoded[0] < 0xD8:
                found.setdefault(readings, char)
    return found


_TONE_MARKS = {"\u0304": "1", "\u0301": "2", "\u030c": "3", "\u0300": "4"}


def _digit_toned(marked: str) -> str:
    """A reading with tone mark as plain pinyin with tone digit."""
    letters, tone = "", "5"
    for char in unicodedata.normalize("NFD", marked):
        if char in _TONE_MARKS:
            tone = _TONE_MARKS[char]
        else:
            letters += char
    return unicodedata.normalize("NFC", letters) + tone


@cache
def _homophones_by_syllable() -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for marked, char in _homophones().items():
        try:
            found[split_syllable(_digit_toned(marked))] = char
        except ValueError:
            # A bare nasal: no syllable that anyone prescribes.
            continue
    return found


def homophone(initial: str, final: str) -> str:
    """A common character that sounds like a syllable, or nothing."""
    return _homophones_by_syllable().get((initial, final), "")


def _rare_ideograph(char: str) -> str:
    readings = imported("pypinyin.constants").PINYIN_DICT.get(ord(char), "")
    return _homophones().get(readings.split(",")[0], "")


def _is_ideograph(char: str) -> bool:
    code = ord(char)
    return 0x3400 <= code <= 0x9FFF or 0xF900 <= code <= 0xFAFF or 0x20000 <= code <= 0x3FFFF


def _is_basic(char: str) -> bool:
    code = ord(char)
    return (
        (char.isascii() and (char.isalnum() or char == " "))
        or (0x4E00 <= code <= 0x9FA5 and char not in _UNREADABLE)
        or char in _MARKS
        or char in _SIGNS
        or char in _SUPERSCRIPTS
        or char in "々ー"
        or any(code in block for block in (*_KANA, *_HANGUL, _GREEK))
    )


def _fold(char: str) -> str | None:
    """What stands for a character: itself, a replacement, nothing, or None if it is unspeakable."""
    if char in _REPLACED:
        return _REPLACED[char]
    if char in _LINE_BREAKS:
        return "\n"
    if char in _KEPT_WIDE or _is_basic(char):
        return char
    category = unicodedata.category(char)
    if category == "Zs" or char == "\t":
        return " "
    if category in ("Cf", "Mn", "Me", "Cc"):
        return ""
    if category == "Nd":
        return str(unicodedata.digit(char))
    folded = unicodedata.normalize("NFKC", char).replace("⁄", "/")
    if category == "No" and "/" in folded:
        # Keeps one and a half from becoming eleven halves.
        return " " + folded
    if char != "™" and folded != char and all(map(_is_basic, folded)):
        return folded
    if _is_ideograph(folded[0]):
        return _rare_ideograph(folded[0]) or None
    bare = "".join(part for part in unicodedata.normalize("NFD", char) if part.isascii())
    return char if bare.isalpha() and category.startswith("L") else None


def prepare(text: str) -> Prepared:
    """Fold a text to the characters that the studio rules know."""
    kept: list[str] = []
    unspoken: list[tuple[int, str]] = []
    for offset, char in enumerate(text):
        composed = unicodedata.normalize("NFKC", char).strip()
        if kept and composed and composed in _VOICING_MARKS:
            kept[-1] = unicodedata.normalize("NFC", kept[-1] + composed)
            continue
        folded = _fold(char)
        if folded is not None:
            kept.append(folded)
        elif unspoken and unspoken[-1][0] + len(unspoken[-1][1]) == offset:
            start, before = unspoken[-1]
            unspoken[-1] = (start, before + char)
        else:
            unspoken.append((offset, char))
    return Prepared(text="".join(kept), unspoken=tuple(unspoken))
