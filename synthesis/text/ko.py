"""Korean text to phones: g2pk2's pronunciation rules, then jamo, compound vowels taken apart."""

import re
import sys
import threading
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.machinery import ModuleSpec
from importlib.util import module_from_spec
from typing import Any

from synthesis.text.packaged_tables import imported, package_folder

_LETTER_NAMES = (
    "에이 비 시 디 이 에프 지 에이치 아이 제이 케이 엘 엠 엔 오 피 큐 아르 에스 티 유 브이 "
    "더블유 엑스 와이 제트"
)
_LETTERS = dict(zip("abcdefghijklmnopqrstuvwxyz", _LETTER_NAMES.split(), strict=True))
_VOWELS = str.maketrans(
    {
        "ㅘ": "ㅗㅏ",
        "ㅙ": "ㅗㅐ",
        "ㅚ": "ㅗㅣ",
        "ㅝ": "ㅜㅓ",
        "ㅞ": "ㅜㅔ",
        "ㅟ": "ㅜㅣ",
        "ㅢ": "ㅡㅣ",
        "ㅑ": "ㅣㅏ",
        "ㅒ": "ㅣㅐ",
        "ㅕ": "ㅣㅓ",
        "ㅖ": "ㅣㅔ",
        "ㅛ": "ㅣㅗ",
        "ㅠ": "ㅣㅜ",
    }
)
_MARK_TABLE = str.maketrans(
    {
        **dict.fromkeys("：；，·、", ","),
        **dict.fromkeys("。\n", "."),
        "！": "!",
        "？": "?",
        " ": "空",
    }
)
_PHONES = frozenset("ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎㅏㅐㅓㅔㅗㅜㅡㅣ空,.!?…-")
_ENDS_IN_JAMO = re.compile(r"[\u3131-\u3163]$")
_SPECIAL_RULES = (
    "jyeo ye consonant_ui josa_ui vowel_ui jamo rieulgiyeok rieulbieub verb_nieun balb palatalize "
    "modifying_rieul"
)


# MeCab keeps the sentence at hand in the tagger itself.
_TAGGING = threading.Lock()


@dataclass(frozen=True, kw_only=True)
class _Rules:
    idioms: tuple[tuple[re.Pattern[str], str], ...]
    annotate: Any
    tagger: Any
    convert_num: Any
    steps: tuple[Any, ...]
    table: tuple[tuple[re.Pattern[str], str], ...]
    links: tuple[Any, ...]
    compose: Any


@cache
def _rules() -> _Rules:
    folder = package_folder("g2pk2")
    if "g2pk2" not in sys.modules:
        # Importing the package itself would import NLTK, try to download a corpus and even call
        # pip; its rule modules need none of that.
        spec = ModuleSpec("g2pk2", None, is_package=True)
        spec.submodule_search_locations = [str(folder)]
        sys.modules["g2pk2"] = module_from_spec(spec)
    utils, special = imported("g2pk2.utils"), imported("g2pk2.special")
    regular, numerals = imported("g2pk2.regular"), imported("g2pk2.numerals")
    lines = (folder / "idioms.txt").read_text(encoding="utf-8").splitlines()
    idioms = [line.split("#")[0].strip().split("===") for line in lines]
    return _Rules(
        idioms=tuple((re.compile(pair[0]), pair[1]) for pair in idioms if len(pair) == 2),
        annotate=utils.annotate,
        tagger=imported("mecab").MeCab(),
        convert_num=numerals.convert_num,
        steps=tuple(getattr(special, name) for name in _SPECIAL_RULES.split()),
        table=tuple((re.compile(old), new) for old, new, _ in utils.parse_table()),
        links=(regular.link1, regular.link2, regular.link3, regular.link4),
        compose=utils.compose,
    )


# A text that says one thing a thousand times is not worked out a thousand times.
@lru_cache(maxsize=256)
def _pronounce(text: str) -> str:
    """Hangul as it is spoken, decomposed into compatibility jamo."""
    jamo, rules = imported("jamo"), _rules()
    for idiom, spoken in rules.idioms:
        text = idiom.sub(spoken, text)
    with _TAGGING:
        annotated = rules.annotate(text, rules.tagger)
    text = jamo.h2j(rules.convert_num(annotated))
    for step in rules.steps:
        text = step(text)
    text = re.sub("/[PJEB]", "", text)
    for old, new in rules.table:
        text = old.sub(new, text)
    for link in rules.links:
        text = link(text)
    return str(jamo.j2hcj(jamo.h2j(rules.compose(text))))


def normalized_phones(text: str) -> list[str]:
    """Jamo, ``空`` for a blank, ``停`` for what has no symbol."""
    hangul = "".join(_LETTERS.get(char.lower(), char) for char in text)
    spoken = _pronounce(hangul).translate(_VOWELS)
    spoken = re.sub("([ㅇㄹ]ㅡㄹ )ㄹ", r"\1ㄴ", spoken)
    if _ENDS_IN_JAMO.search(spoken):
        spoken += "."
    spoken = spoken.replace("...", "…").translate(_MARK_TABLE)
    return [char if char in _PHONES else "停" for char in spoken]


def to_phones(text: str) -> tuple[str, list[str]]:
    """The text itself and the phones of one Korean segment."""
    return text, normalized_phones(text)
