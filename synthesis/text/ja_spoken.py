"""The studio profile's Japanese: what OpenJTalk misreads is rewritten before it reads the rest."""

import re

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
    # The protocol is never said aloud.
    parts = re.findall(r"[A-Za-z]+|\d+|.", re.sub("^https?://", "", match[0]).rstrip("/."))
    return "".join(_ADDRESS_MARKS.get(part, f" {part} ") for part in parts)


RULES: tuple[Rule, ...] = (
    Rule(
        r"https?://[A-Za-z0-9.\-_~/]+|[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24}"
        r"|\bwww\.[A-Za-z0-9.\-_/]+",
        _address,
    ),
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
