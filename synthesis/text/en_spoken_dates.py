"""Dates, years and times of day in spoken English."""

import re

from synthesis.text.en_spoken_numbers import TO, ordinal, plain, year
from synthesis.text.rules import Rule

_NAMES = "January February March April May June July August September October November December"
_MONTHS = _NAMES.split()
_MONTH = (
    r"(Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|"
    r"Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)"
)
_YEAR = r"((?:1[5-9]|20)\d\d)"
_DAY = r"(3[01]|[12]\d|0?[1-9])"
# A stop that ends the sentence as well as the abbreviation is left in place.
_HALF_DAY = r"\s?([AaPp])\.?[Mm]\b(?:\.(?!\s*$))?"
_CLOCK = (
    r"(?<![\d:.])([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?(?![\d:])"
    rf"(?:{_HALF_DAY})?"
)
_TENS = {
    "2": "twenties",
    "3": "thirties",
    "4": "forties",
    "5": "fifties",
    "6": "sixties",
    "7": "seventies",
    "8": "eighties",
    "9": "nineties",
}


def _spoken(month: int, day: str, in_year: str | None) -> str:
    words = f"{_MONTHS[month - 1]} {ordinal(day.lstrip('0'))}"
    return words + (f", {year(in_year)}" if in_year else "")


def _iso(match: re.Match[str]) -> str:
    return _spoken(int(match[3]), match[4], match[1])


def _slashed(match: re.Match[str]) -> str:
    first, second = int(match[1]), int(match[2])
    if first > 12 >= second:
        return _spoken(second, match[1], match[3])
    return _spoken(first, match[2], match[3]) if 1 <= first <= 12 else match[0]


def _month_number(name: str) -> int:
    return next(i for i, month in enumerate(_MONTHS, 1) if month.startswith(name[:3]))


def _month_first(match: re.Match[str]) -> str:
    return _spoken(_month_number(match[1]), match[2], match[3])


def _day_first(match: re.Match[str]) -> str:
    return _spoken(_month_number(match[2]), match[1], match[3])


def _clock(hour_text: str, minute: str, second: str | None, half_day: str | None) -> str:
    hour = int(hour_text)
    half = half_day.upper() if half_day else "P" if hour > 12 else "A" if hour == 0 else ""
    words = plain(str(hour % 12 or 12))
    if minute != "00":
        words += (" oh " if minute.startswith("0") else " ") + plain(minute.lstrip("0"))
    elif not half:
        words += " o'clock"
    if second:
        words += f" and {plain(str(int(second)))} seconds"
    return words + (f" {half} M" if half else "")


def _time(match: re.Match[str]) -> str:
    return _clock(match[1], match[2], match[3], match[4])


def _time_range(match: re.Match[str]) -> str:
    return _clock(*match.groups()[:4]) + " to " + _clock(*match.groups()[4:])


def _decade(match: re.Match[str]) -> str:
    century = plain(match[1]) + " " if match[1] else ""
    return century + _TENS[match[2]]


RULES: tuple[Rule, ...] = (
    Rule(rf"(?<![\d.-]){_YEAR}([-/.])(1[0-2]|0?[1-9])\2{_DAY}(?![\d-]|\.\d)", _iso),
    Rule(rf"(?<![\d./])(\d{{1,2}})/(\d{{1,2}})/{_YEAR}(?![\d/])", _slashed),
    Rule(rf"\b{_MONTH}\.?\s{_DAY}(?:st|nd|rd|th)?\b(?!:)(?:,?\s{_YEAR}\b)?", _month_first),
    Rule(rf"\b{_DAY}(?:st|nd|rd|th)?\s{_MONTH}\b\.?(?:,?\s{_YEAR}\b)?", _day_first),
    Rule(
        rf"\b{_MONTH}\.?\s{_YEAR}\b",
        lambda match: f"{_MONTHS[_month_number(match[1]) - 1]} {year(match[2])}",
    ),
    Rule(r"(?<!\w)(?:(1[5-9])|')?([2-9])0s\b", _decade),
    Rule(r"\b2000s\b", "two thousands"),
    Rule(f"{_CLOCK}{TO}{_CLOCK}", _time_range),
    Rule(_CLOCK, _time),
    Rule(
        rf"(?<![\d:.])(\d{{1,2}}){_HALF_DAY}",
        lambda match: f"{plain(match[1])} {match[2].upper()} M",
    ),
    Rule(
        r"(?<![\d:.])(\d+):(\d+)(?![\d:])",
        lambda match: f"{plain(match[1])} to {plain(match[2])}",
    ),
    Rule(
        rf"(?<![\d.,$]){_YEAR}{TO}{_YEAR}(?!\d|[.,]\d)", lambda m: f"{year(m[1])} to {year(m[2])}"
    ),
    Rule(r"(?<![\d.,$#])(?:19|20)\d\d(?!\d|,\d|\.\d|\s?%)", lambda match: year(match[0])),
)
