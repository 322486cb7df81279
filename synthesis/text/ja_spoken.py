"""The studio profile's Japanese: what OpenJTalk misreads is rewritten before it reads the rest."""

import re

from synthesis.text.addresses import EMAIL, URL, address_parts
from synthesis.text.rules import Rule, apply

_DIGIT_NAMES = "ゼロ イチ ニ サン ヨン ゴ ロク ナナ ハチ キュウ"
_DIGITS = dict(zip("0123456789", _DIGIT_NAMES.split(), strict=True))
_CURRENCY = {"¥": "円", "$": "ドル", "€": "ユーロ", "£": "ポンド"}
_NUMBER = r"\d+(?:\.\d+)?"


def _spell(digits: str) -> str:
    return "".join(_DIGITS[digit] for digit in digits)


def _telephone(match: re.Match[str]) -> str:
    return "、".join(_spell(group) for group in match[0].split("-"))


_ADDRESS_MARKS = {
    ".": "ドット",
    "@": "アットマーク",
    "/": "スラッシュ",
    "-": "ハイフン",
    "_": "アンダーバー",
}


def _address(match: re.Match[str]) -> str:
    return "".join(_ADDRESS_MARKS.get(part, f" {part} ") for part in address_parts(match[0]))


RULES: tuple[Rule, ...] = (
    Rule(EMAIL, _address),
    Rule(URL, _address),
    Rule(r"(?<=\d),(?=\d{3})", ""),
    Rule(r"(?<!\d)0\d{1,4}-\d{1,4}-\d{3,4}(?!\d)", _telephone),
    Rule(rf"([¥$€£])\s?({_NUMBER})(?:円)?", lambda match: match[2] + _CURRENCY[match[1]]),
    Rule(rf"({_NUMBER})\s?[-~〜–]\s?({_NUMBER})", r"\1から\2"),
    Rule(r"(?<![A-Za-z\d])-(?=\d)", "マイナス"),
    Rule(r"(\d)\s?°C", r"\1度"),
    Rule(r"(\d)\s?%", r"\1パーセント"),
    Rule(r"(\d)\s?km(?![A-Za-z])", r"\1キロメートル"),
    Rule(r"(\d)\s?kg(?![A-Za-z])", r"\1キログラム"),
    Rule(r"(\d+)\.(\d+)", lambda match: f"{match[1]}テン{_spell(match[2])}"),
    Rule(r"(\d+)[:：]00(?!\d)", r"\1時"),
    Rule(r"(\d+)[:：]0?(\d{1,2})(?!\d)", r"\1時\2分"),
    Rule("&", "アンド"),
    Rule(r"\+", "プラス"),
    Rule("=", "イコール"),
    Rule("@", "アットマーク"),
)


def speak(text: str) -> str:
    """Words for what OpenJTalk would lose; it reads plain numbers itself."""
    return apply(RULES, text)
