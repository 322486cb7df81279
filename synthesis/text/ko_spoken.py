"""The studio profile's Korean: telephone numbers, decimals and signs before g2pk2's own rules."""

import re

from synthesis.text.rules import Rule, apply

_DIGITS = "공일이삼사오육칠팔구"
_SINO_DIGITS = "영일이삼사오육칠팔구"
_PLACES = ("", "십", "백", "천")
_GROUPS = ("", "만", "억", "조")
_NATIVE_ONES = ("", "한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉")
_NATIVE_TENS = ("", "열", "스물", "서른", "마흔", "쉰", "예순", "일흔", "여든", "아흔")
_NATIVE_COUNTERS = (
    "개|명|병|잔|살|시간|시(?!리)|마리|권|장|대|번째|가지|분(?=이|을|께|만 모)|송이|그릇|벌|켤레"
)
_CURRENCY = {"₩": "원", "¥": "위안", "$": "달러", "€": "유로", "£": "파운드"}
_NUMBER = r"\d+(?:\.\d+)?"


def _spell(digits: str, words: str = _DIGITS) -> str:
    return "".join(words[int(digit)] for digit in digits)


def _group(chunk: str) -> str:
    words = ""
    for place, digit in zip(range(len(chunk) - 1, -1, -1), chunk, strict=True):
        if digit != "0":
            words += ("" if digit == "1" and place else _SINO_DIGITS[int(digit)]) + _PLACES[place]
    return words


def cardinal(digits: str) -> str:
    """A whole number in Sino-Korean words; past 10**16 digit by digit."""
    significant = digits.lstrip("0")
    if not significant:
        return "영"
    if len(significant) > 4 * len(_GROUPS):
        return _spell(significant)
    words = []
    for level in range((len(significant) - 1) // 4, -1, -1):
        end = len(significant) - 4 * level
        chunk = _group(significant[max(0, end - 4) : end])
        if chunk:
            words.append(("" if chunk == "일" and level == 1 else chunk) + _GROUPS[level])
    return " ".join(words)


def _native(match: re.Match[str]) -> str:
    value = int(match[1])
    if value == 20:
        return "스무 " + match[2]
    return f"{_NATIVE_TENS[value // 10]}{_NATIVE_ONES[value % 10]} {match[2]}"


def _decimal(match: re.Match[str]) -> str:
    return f"{cardinal(match[1])} 점 {_spell(match[2], _SINO_DIGITS)}"


RULES: tuple[Rule, ...] = (
    Rule(r"(?<=\d),(?=\d{3})", ""),
    Rule(
        r"(?<!\d)0\d{1,2}-\d{3,4}-\d{4}(?!\d)|(?<!\d)\d{4}-\d{4}(?!\d)",
        lambda match: ", ".join(_spell(group) for group in match[0].split("-")),
    ),
    Rule(rf"([₩¥$€£])\s?({_NUMBER})", lambda match: match[2] + _CURRENCY[match[1]]),
    Rule(rf"({_NUMBER})\s?[-~–]\s?({_NUMBER})", r"\1에서 \2"),
    Rule(r"(?<![A-Za-z\d])-(?=[\d.]+\s?°)", "영하 "),
    Rule(r"(?<![A-Za-z\d])-(?=\d)", "마이너스 "),
    Rule(r"(\d)\s?°C", r"\1도"),
    Rule(r"\s?%", " 퍼센트"),
    Rule(r"(\d+)\.(\d+)", _decimal),
    Rule(r"(\d)\s?km(?![A-Za-z])", r"\1킬로미터"),
    Rule(r"(\d)\s?kg(?![A-Za-z])", r"\1킬로그램"),
    Rule(r"(\d+)(?=호)", lambda match: _spell(match[1])),
    Rule(rf"(?<!\d)([1-9]\d?)\s?({_NATIVE_COUNTERS})", _native),
    Rule(r"\d+", lambda match: cardinal(match[0])),
    Rule("&", " 앤드 "),
    Rule(r"\+", " 더하기 "),
    Rule("=", " 는 "),
    Rule("@", " 골뱅이 "),
)


def speak(text: str) -> str:
    """Words for numbers and signs."""
    return apply(RULES, text)
