"""Mandarin normalisation as the reference front end does it: numbers to words, marks to six.

It misreads some numbers on purpose: checkpoints met those readings in training, and `compat`
promises the same phones.  The `studio` profile normalises before this module sees the text.
"""

import re
from collections.abc import Callable

from synthesis.text.zh_numbers import cardinal, number, spell
from synthesis.text.zh_words import (
    QUANTIFIERS,
    SYMBOL_READINGS,
    UNITS,
    simplified_table,
)

MARKS = "!?…,.-"

_DROPPED = str.maketrans("", "", " —《》【】<>{}()（）#&@“”^_|\\")
_DROPPED_LATE = str.maketrans("", "", "-—《》【】<=>{}()（）#&@“”^_|\\")
_CUT_AFTER = re.compile(r"(?<=[：、，；。？！,;?!])(?![”’])|(?<=[：、，；。？！,;?!][”’])")
_MARK_OF = {
    **dict.fromkeys("：；，·、/", ","),
    **dict.fromkeys("。$\n", "."),
    **dict.fromkeys("~～", "…"),
    "！": "!",
    "？": "?",
    "—": "-",
    "嗯": "恩",
    "呣": "母",
}
_MARK_TABLE = str.maketrans(_MARK_OF)
_FOREIGN = re.compile(rf"[^\u4e00-\u9fa5{re.escape(MARKS)}]")
_MARK_RUN = re.compile(rf"([{re.escape(MARKS)}])[{re.escape(MARKS)}]+")
_HALF_WIDTH = {
    full: chr(full - 0xFEE0)
    for full in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))
}

_NUMBER = r"\d+(?:\.\d+)?"
_QUANTIFIER = "|".join(QUANTIFIERS)
_TIME = r"([0-1]?[0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9]))?"
_SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹ˣʸⁿ"
_SUPERSCRIPT_VALUES = dict(zip(_SUPERSCRIPTS, "0123456789xyn", strict=True))
_OPERATOR_WORDS = {"+": "加", "-": "减", "×": "乘", "÷": "除", "=": "等于"}
_OPERAND = rf"(?:{_NUMBER}|\.\d+|[A-Za-z])[{_SUPERSCRIPTS}]*"


def _date(match: re.Match[str]) -> str:
    year, month, day, day_word = (
        match["year"],
        match["month"],
        match["day"],
        match["day_word"],
    )
    words = spell(year) + "年"
    if month:
        words += cardinal(month) + "月"
    if day:
        words += cardinal(day) + day_word
    return words


def _written_date(match: re.Match[str]) -> str:
    year, _, month, day = match.groups()
    return f"{spell(year)}年{cardinal(month)}月{cardinal(day)}日"


def _leading_zero(digits: str) -> str:
    return ("零" if digits.startswith("0") else "") + cardinal(digits)


def _clock(hour: str, minute: str, second: str | None, half: bool) -> str:
    words = cardinal(hour) + "点"
    if minute.strip("0"):
        words += "半" if half else _leading_zero(minute) + "分"
    if second and second.strip("0"):
        words += _leading_zero(second) + "秒"
    return words


def _time(match: re.Match[str]) -> str:
    hour, minute, second = match.groups()
    return _clock(hour, minute, second, minute == "30")


def _time_range(match: re.Match[str]) -> str:
    hour, minute, second, hour_2, minute_2, second_2 = match.groups()
    # The end of a range says 半 when its beginning does: a slip that training data carries too.
    half = minute == "30"
    return _clock(hour, minute, second, half) + "至" + _clock(hour_2, minute_2, second_2, half)


def _temperature(match: re.Match[str]) -> str:
    sign, value, unit = match.groups()
    return ("零下" if sign else "") + number(value) + ("摄氏度" if unit == "摄氏度" else "度")


def _power(match: re.Match[str]) -> str:
    digits = "".join(_SUPERSCRIPT_VALUES[mark] for mark in match[0])
    return f"的{number(digits) if digits.isdigit() else digits}次方"


def _fraction(match: re.Match[str]) -> str:
    sign, top, bottom = match.groups()
    return f"{'负' if sign else ''}{cardinal(bottom)}分之{cardinal(top)}"


def _percent(match: re.Match[str]) -> str:
    return ("负" if match[1] else "") + "百分之" + number(match[2])


def _telephone(match: re.Match[str]) -> str:
    groups = re.split(r"[-+ ]", match[0].lstrip("+"))
    return "，".join(spell(group, telephone=True) for group in groups)


def _counted(match: re.Match[str]) -> str:
    digits, more, quantifier = match.groups()
    words = "两" if digits == "2" else cardinal(digits)
    return words + ("多" if more == "+" else more or "") + quantifier


def _version(match: re.Match[str]) -> str:
    return "点".join(spell(part) for part in match[0].split("."))


_Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], str]]

_BEFORE_UNITS: tuple[_Rule, ...] = (
    (
        re.compile(
            r"(?P<year>\d{4}|\d{2})年(?:(?P<month>0?[1-9]|1[0-2])月)?"
            r"(?:(?P<day>0?[1-9]|[12][0-9]|3[01])(?P<day_word>[日号]))?"
        ),
        _date,
    ),
    (
        re.compile(r"(\d{4})([-/. ])(0[1-9]|1[012])\2(0[1-9]|[12][0-9]|3[01])"),
        _written_date,
    ),
    (re.compile(f"{_TIME}[~-]{_TIME}"), _time_range),
    (re.compile(_TIME), _time),
    (
        re.compile(rf"({_NUMBER}(?:{_QUANTIFIER}))~({_NUMBER}(?:{_QUANTIFIER}))"),
        lambda match: f"{match[1]}至{match[2]}",
    ),
    (re.compile(rf"(-?)({_NUMBER})(°C|℃|摄氏度|度)"), _temperature),
)
_ARITHMETIC = re.compile(rf"({_OPERAND})([-+×÷=])(?=[-+]?{_OPERAND})")
_AFTER_ARITHMETIC: tuple[_Rule, ...] = (
    (re.compile(f"[{_SUPERSCRIPTS}]+"), _power),
    (re.compile(r"(-?)(\d+)/(\d+)"), _fraction),
    (re.compile(rf"(-?)({_NUMBER})%"), _percent),
    (re.compile(r"(?<!\d)(?:\+?86 ?)?1[3-9]\d{9}(?!\d)"), _telephone),
    (
        re.compile(r"(?<!\d)(?:0(?:10|2[1-9]|[3-9]\d{2})-?)?[1-9]\d{6,7}(?!\d)"),
        _telephone,
    ),
    (re.compile(r"(?<!\d)400-?\d{3}-?\d{4}(?!\d)"), _telephone),
    (
        re.compile(rf"(?<![\d+×÷=-])(-?{_NUMBER})[-~](-?{_NUMBER})(?![\d+×÷=-])"),
        lambda match: f"{match[1]}到{match[2]}",
    ),
    (re.compile(rf"-({_NUMBER})"), lambda match: "负" + number(match[1])),
    (re.compile(r"\d+(?:\.\d+){2,}"), _version),
    (re.compile(r"-?(\d*\.\d+)"), lambda match: number(match[1])),
    (re.compile(rf"(\d+)([多余几+])?({_QUANTIFIER})"), _counted),
    (re.compile(r"\d{3,}"), lambda match: spell(match[0], telephone=True)),
    (re.compile(r"\d+"), lambda match: cardinal(match[0])),
)


def _apply(rules: tuple[_Rule, ...], text: str) -> str:
    for pattern, replace in rules:
        text = pattern.sub(replace, text)
    return text


def _normalize_piece(text: str) -> str:
    text = text.translate(simplified_table()).translate(_HALF_WIDTH)
    text = _apply(_BEFORE_UNITS, text)
    for unit, word in UNITS:
        text = text.replace(unit, word)
    text = _ARITHMETIC.sub(lambda match: match[1] + _OPERATOR_WORDS[match[2]], text)
    text = _apply(_AFTER_ARITHMETIC, text)
    for symbol, word in SYMBOL_READINGS.items():
        text = text.replace(symbol, word)
    return text.translate(_DROPPED_LATE)


def keep_speakable(text: str) -> str:
    """Map marks to the six of the inventory and drop all that is neither Han nor one of them."""
    text = text.replace("...", "…").translate(_MARK_TABLE)
    return _MARK_RUN.sub(r"\1", _FOREIGN.sub("", text))


def expand_numbers(text: str) -> str:
    """Simplified characters with every number read out; marks are as they were written."""
    pieces = _CUT_AFTER.split(text.translate(_DROPPED).replace("\n", ""))
    return "".join(_normalize_piece(piece) for piece in pieces)


def normalize(text: str) -> str:
    """Spoken Mandarin: only U+4E00-9FA5 and the marks ``! ? … , . -`` remain."""
    return keep_speakable(expand_numbers(text))
