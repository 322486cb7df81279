"""Dates, years and times of day in spoken Mandarin."""

import re

from synthesis.text.rules import Rule
from synthesis.text.zh_numbers import cardinal, spell
from synthesis.text.zh_spoken_numbers import TO

_YEAR = r"(?:1[5-9]|20)\d\d"
_MONTH = r"(?:1[0-2]|0?[1-9])"
_DAY = r"(?:3[01]|[12]\d|0?[1-9])"
_CLOCK = r"(?<![\d:.])([01]?\d|2[0-4])[:：]([0-5]\d)(?:[:：]([0-5]\d))?(?![\d:：]|\.\d)"
_HALF_DAY = r"\s?(?:([AaPp])\.?[Mm]\b\.?)?"


def _date(match: re.Match[str]) -> str:
    year, month, day = match["year"], match["month"], match["day"]
    words = spell(year) + "年" + cardinal(month) + "月"
    return words + (cardinal(day) + (match["word"] or "日") if day else "")


def _short_date(match: re.Match[str]) -> str:
    return f"{cardinal(match[1])}月{cardinal(match[2])}{match[3] or '日'}"


def _minutes(minute: str, second: str | None) -> str:
    words = ""
    if minute != "00" or second:
        words = ("零" if minute.startswith("0") else "") + cardinal(minute) + "分"
    if minute == "00" and second:
        words = "零分"
    if second:
        words += (
            ("零" if second.startswith("0") and second != "00" else "") + cardinal(second) + "秒"
        )
    return words


def clock(hour: str, minute: str, second: str | None = None, half_day: str | None = None) -> str:
    """A time of day; ``half_day`` is the A or P of a.m. and p.m."""
    prefix = {"a": "上午", "p": "下午"}.get((half_day or "").lower(), "")
    spoken_hour = "两" if hour in ("2", "02") else cardinal(hour)
    return f"{prefix}{spoken_hour}点{_minutes(minute, second)}"


def _time(match: re.Match[str]) -> str:
    return clock(match[1], match[2], match[3], match[4])


def _time_range(match: re.Match[str]) -> str:
    return clock(*match.groups()[:4]) + "至" + clock(*match.groups()[4:])


def _year_range(match: re.Match[str]) -> str:
    return f"{spell(match[1])}到{spell(match[2])}"


_QUARTERS = dict(zip("1234", "一二三四", strict=True))


def _spelled(match: re.Match[str]) -> str:
    return spell(match[0])


RULES: tuple[Rule, ...] = (
    Rule(
        rf"(?<!\d)(?P<year>{_YEAR}|\d{{2}})\s?年\s?(?P<month>{_MONTH})\s?月"
        rf"(?:\s?(?P<day>{_DAY})\s?(?P<word>[日号]))?",
        _date,
    ),
    Rule(
        rf"(?<![\d.-])(?P<year>{_YEAR})(?P<mark>[-/.])(?P<month>{_MONTH})(?P=mark)(?P<day>{_DAY})"
        r"(?:(?P<word>[日号])|(?!\d|-\d{3}|\.\d))",
        _date,
    ),
    Rule(
        rf"(?<![\d.-])(?P<year>{_YEAR})[-/](?P<month>0[1-9]|1[0-2])(?![\d/-])(?P<day>)(?P<word>)",
        _date,
    ),
    Rule(rf"(?<!\d)({_MONTH})\s?月\s?({_DAY})(?:\s?([日号])|(?!\d))", _short_date),
    Rule(rf"(?<!\d)({_YEAR}){TO}({_YEAR})(?=\s?[年届财学])", _year_range),
    Rule(
        rf"(?<!\d)({_YEAR})\s?Q([1-4])(?!\d)",
        lambda match: f"{spell(match[1])}年第{_QUARTERS[match[2]]}季度",
    ),
    Rule(r"(?<![A-Za-z\d])Q([1-4])(?![A-Za-z\d])", lambda match: f"第{_QUARTERS[match[1]]}季度"),
    Rule(rf"(?<!\d)({_YEAR}|0\d|[3-9]0)(?=年代)", lambda match: spell(match[1])),
    Rule(rf"(?<!\d)({_YEAR})(?=\s?[年款版届春夏秋冬财级]|赛季)", lambda match: spell(match[1])),
    Rule(r"(?<!\d)(0[05]|[5-9]0|[89]5)(?=后)|(?<!\d)(0\d|9\d)(?=[届级])", _spelled),
    Rule(f"{_CLOCK}{_HALF_DAY}{TO}{_CLOCK}{_HALF_DAY}", _time_range),
    Rule(
        r"((?:比例|配比|比分|比率|宽高比)[^\d，。,]{0,4})(\d+)[:：](\d+)",
        lambda match: f"{match[1]}{cardinal(match[2])}比{cardinal(match[3])}",
    ),
    Rule(
        r"(?<![\d:.])(\d+)[:：](\d+)(?=\s?的?(?:比例|配比|比分|比率|宽高比|兑换))",
        lambda match: f"{cardinal(match[1])}比{cardinal(match[2])}",
    ),
    Rule(f"{_CLOCK}{_HALF_DAY}", _time),
    Rule(
        r"(?<![\d:.])(\d+(?:\.\d+)?)[:：](\d+(?:\.\d+)?)(?![\d:])",
        lambda match: f"{match[1]}比{match[2]}",
    ),
    Rule(r"(?<=[年月日号点分])\s?[-–—~～]\s?(?=[零一二三四五六七八九十两\d])", "至"),
)
