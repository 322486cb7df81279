"""Money, percentages, measures, ranges and sums in spoken Mandarin."""

import re

from synthesis.text.measures import CURRENCIES, UNITS, longest_first
from synthesis.text.rules import Rule
from synthesis.text.zh_numbers import spell
from synthesis.text.zh_spoken_numbers import NUMBER, SIGNED, TO, multiplied, plain, signed

_SIGN = "|".join(re.escape(sign) for sign in longest_first(CURRENCIES))
_UNIT = "|".join(re.escape(unit) for unit in longest_first(UNITS))
_TENS = r"[十百千]?[万亿]|千|百"
_FACTORS = {"k": 10**3, "m": 10**6, "b": 10**9, "bn": 10**9}


def _amount(number: str, scale: str | None) -> str:
    if scale and scale.lower() in _FACTORS:
        return multiplied(number, _FACTORS[scale.lower()])
    return plain(number, trim=True) + (scale or "")


def _money(match: re.Match[str]) -> str:
    sign = "负" if match["minus"] else ""
    currency = CURRENCIES[match["sign"]].zh
    if match["end"]:
        start, end = plain(match["number"], trim=True), _amount(match["end"], match["scale"])
        return f"{sign}{start}到{end}{currency}"
    return f"{sign}{_amount(match['number'], match['scale'])}{currency}"


_SCALE = rf"\s?(?P<scale>{_TENS}|[kKmMbB](?![A-Za-z])|bn)?"
MONEY: tuple[Rule, ...] = (
    Rule(
        rf"(?P<minus>(?<![\dA-Za-z])-)?(?<![A-Za-z])(?P<sign>{_SIGN})\s?(?P<number>{NUMBER})"
        rf"(?:{TO}(?:{_SIGN})?(?P<end>{NUMBER}))?{_SCALE}(?:\s?元)?",
        _money,
    ),
    Rule(
        rf"(?P<minus>(?<![\dA-Za-z])-)?(?<![\d.A-Za-z])(?P<number>{NUMBER})"
        rf"(?:{TO}(?P<end>{NUMBER}))?{_SCALE}\s?(?P<sign>{_SIGN})(?![A-Za-z\d])",
        _money,
    ),
    Rule(
        rf"(?<![\d.A-Za-z])({NUMBER})(?=元|块)",
        lambda match: match[1] if match[1].isdigit() else plain(match[1], trim=True),
    ),
    Rule(r"(?<=[元币镑])\s?/\s?(?=\d)", "每"),
)


def _percent(match: re.Match[str]) -> str:
    base = "千分之" if match[4] == "‰" else "百分之"
    minus = match[1].startswith("-")
    words = ("负" if minus else "") + base + plain(match[1].lstrip("+-"))
    if match[1].startswith("+"):
        words = "正" + words
    return words + (f"到{'' if match[2] else base}{plain(match[3])}" if match[3] else "")


def _percent_range(match: re.Match[str]) -> str:
    base = "千分之" if match[2] == "‰" else "百分之"
    return f"{base}{plain(match[1])}到{base}{plain(match[3])}"


_DEGREES = {"C": "摄氏度", "F": "华氏度", "": "度"}


def _temperature(match: re.Match[str]) -> str:
    start, end, scale = match[1], match[2], match[3] or ""
    words = signed(start, minus="零下", plus="零上")
    if end:
        words += "到" + signed(end, minus="零下", plus="零上")
    return words + _DEGREES[scale.upper()]


def _fraction(match: re.Match[str]) -> str:
    whole, top, bottom = match[1], match[2], match[3]
    if int(top) >= int(bottom) and not whole:
        return f"{plain(top)}斜杠{plain(bottom)}"
    words = f"{plain(bottom)}分之{plain(top)}"
    return f"{plain(whole)}又{words}" if whole else words


_OPERATORS = {
    "+": "加",
    "-": "减",
    "−": "减",
    "×": "乘",
    "x": "乘",
    "X": "乘",
    "*": "乘",
    "÷": "除以",
    "/": "除以",
    "=": "等于",
}
_SUM = re.compile(rf"({NUMBER})|([-+×xX*÷/=])\s?(-(?=\d))?")


def _sum(match: re.Match[str]) -> str:
    words = ""
    for number, operator, minus in _SUM.findall(match[0]):
        words += plain(number) if number else _OPERATORS[operator] + ("负" if minus else "")
    return words


def _measure(match: re.Match[str]) -> str:
    start, end, unit = match[1], match[2], UNITS[match[3]][0]
    words = _count(start) + (f"到{_count(end)}" if end else "")
    return f"{words} {unit}" if unit.isascii() else words + unit


def _count(number: str) -> str:
    return "两" if number == "2" else signed(number)


def _range(match: re.Match[str]) -> str:
    return f"{match[1]}到{match[2]}"


def _bare_range(match: re.Match[str]) -> str:
    start, end = match[1].replace(",", ""), match[2].replace(",", "")
    joined = "到" if float(start) < float(end) else "杠"
    return f"{match[1]}{joined}{match[2]}"


RULES: tuple[Rule, ...] = (
    Rule(rf"(?<![\d.])({NUMBER})([%‰]){TO}({NUMBER})[%‰]", _percent_range),
    Rule(rf"(?<![\d.A-Za-z])({SIGNED})(?:({TO})({NUMBER}))?\s?([%‰])", _percent),
    Rule(rf"(?<![\d.A-Za-z])([-+]?{NUMBER})(?:{TO}(-?{NUMBER}))?\s?°([CFcf])?", _temperature),
    Rule(r"7\s?[×xX*]\s?24\s?小时|24/7", "七乘二十四小时"),
    Rule(r"(?<![\d/.])(?:(\d+)\s)?(\d{1,6})/(\d{1,6})(?![\d/.])", _fraction),
    Rule(
        rf"(?<![\d.A-Za-z])-?{NUMBER}(?:\s?[-+×xX*÷/]\s?-?{NUMBER})+\s?=\s?-?{NUMBER}"
        rf"|(?<![\d.A-Za-z]){NUMBER}(?:\s?[+×xX*÷=]\s?-?{NUMBER})+(?![A-Za-z])",
        _sum,
    ),
    Rule(
        rf"(?<![\d.A-Za-z])({SIGNED})(?:{TO}({NUMBER}))?\s?({_UNIT})(?![A-Za-z\d])",
        _measure,
    ),
    Rule(
        rf"(?<![\d.A-Za-z])({NUMBER})([kw])(?![A-Za-z\d])",
        lambda match: multiplied(match[1], 1000) if match[2] == "k" else plain(match[1]) + "万",
    ),
    Rule(r"((?:比分|以)\D{0,4})(\d+)-(\d+)", lambda m: f"{m[1]}{m[2]}比{m[3]}"),
    Rule(rf"(?<![\d.A-Za-z])({NUMBER}){TO}({NUMBER})(?=\s?(?:[\u4e00-\u9fff]))(?![\d.])", _range),
    Rule(rf"(?<![\d.A-Za-z])({NUMBER})[-~–]({NUMBER})(?![\d.-])", _bare_range),
    Rule(rf"(?<![\d.A-Za-z\u4e00-\u9fff])-(?={NUMBER})|(?<=[为是到])-(?={NUMBER})", "负"),
    Rule(rf"(?<![\dA-Za-z\u4e00-\u9fff])\+(?={NUMBER})", "正"),
    Rule(
        r"(?<![\d.,])(0\d+)(?![\d.,])",
        lambda match: spell(match[1]),
    ),
)
