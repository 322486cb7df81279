"""The studio profile's Mandarin: amounts, dates, codes and signs become words."""

import re

from synthesis.text import zh_spoken_amounts, zh_spoken_codes, zh_spoken_dates
from synthesis.text.rules import Rule, apply
from synthesis.text.zh_numbers import cardinal, spell
from synthesis.text.zh_spoken_numbers import NUMBER, pairs, plain
from synthesis.text.zh_words import SYMBOL_READINGS

_LONGEST_COUNT = 7


def _remaining(match: re.Match[str]) -> str:
    digits = match[0]
    # A long bare number is a code: nobody counts to it.
    if digits.isdigit() and len(digits) > _LONGEST_COUNT:
        return spell(digits, telephone=True)
    return plain(digits)


_NUMBERS: tuple[Rule, ...] = (
    Rule(r"(?i)(?<![A-Za-z])No\.\s?(\d+)", lambda match: "第" + cardinal(match[1])),
    Rule("#号", "井号"),
    Rule(r"#\s?(\d+)号?|(\d+)\s?#(?!\d)", lambda match: f"{plain(match[1] or match[2])}号"),
    Rule(rf"({NUMBER})\s?\+(?=\s?[\u4e00-\u9fff])", lambda match: plain(match[1]) + "多"),
    Rule(
        rf"({NUMBER})(?=\s?(?:[万亿]|[十百千]?[元块人名个位家]|人次|字|公里|用户))",
        lambda match: plain(match[1]),
    ),
    Rule(NUMBER, _remaining),
    Rule(r"\d", lambda match: spell(match[0])),
)
_SIGN_WORDS = {
    "&": "和",
    "@": "艾特",
    "#": "井号",
    "%": "百分号",
    "‰": "千分号",
    "+": "加",
    "=": "等于",
    "×": "乘",
    "÷": "除以",
    "±": "正负",
    "≈": "约等于",
    "≠": "不等于",
    "≥": "大于等于",
    "≤": "小于等于",
    ">": "大于",
    "<": "小于",
    "√": "根号",
    "∞": "无穷大",
    "°": "度",
    "′": "分",
    "″": "秒",
    "→": "到",
    "←": "向左",
    "*": "星号",
    "^": "的次方",
    "_": "下划线",
    "\\": "反斜杠",
    "$": "美元",
    "¥": "元",
    "€": "欧元",
    "£": "英镑",
    **{sign: word for sign, word in SYMBOL_READINGS.items() if sign not in "+-×÷=/"},
    "μ": "微",
}
_SUPERSCRIPTS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-", strict=True))


def _power(match: re.Match[str]) -> str:
    exponent = "".join(_SUPERSCRIPTS[mark] for mark in match[0])
    if exponent == "2":
        return "的平方"
    sign = {"-": "负", "+": "正"}.get(exponent[0], "")
    digits = re.sub(r"\D", "", exponent)
    return f"的{sign}{cardinal(digits)}次方" if digits else ""


_BEFORE_NUMBERS: tuple[Rule, ...] = (
    Rule(r"[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻]+", _power),
    Rule(r"(?<=[A-Za-z])-(?=\d)", ""),
    Rule(r"(?<=[A-Za-z])\s?&\s?(?=[A-Za-z])", " and "),
    Rule("°([CcFf])(?![A-Za-z])", lambda match: "摄氏度" if match[1] in "Cc" else "华氏度"),
)
_AFTER_NUMBERS: tuple[Rule, ...] = (
    Rule(
        r"(?<=[\u4e00-\u9fff])\s?/\s?(?=[年月日天周次人件台套个位份时小分秒吨斤米升千公平立晚间])",
        "每",
    ),
    Rule(r"(?<=[\u4e00-\u9fffA-Za-z])\s?/\s?(?=[\u4e00-\u9fffA-Za-z])", "、"),
    Rule("/", "斜杠"),
    Rule("[" + "".join(map(re.escape, _SIGN_WORDS)) + "]", lambda match: _SIGN_WORDS[match[0]]),
)


def speak(text: str) -> str:
    """Words for everything that is not a word; letters and marks are left as they are."""
    text = apply(zh_spoken_codes.ADDRESSES, text)
    text = pairs(apply(zh_spoken_amounts.MONEY, text))
    text = apply(zh_spoken_codes.TELEPHONES, text)
    text = apply(zh_spoken_dates.RULES, text)
    text = apply(zh_spoken_codes.CODES, text)
    text = pairs(apply(zh_spoken_amounts.RULES, text))
    text = apply(_BEFORE_NUMBERS, text)
    return apply(_AFTER_NUMBERS, apply(_NUMBERS, text))
