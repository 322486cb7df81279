"""How the studio profile reads one written number in Mandarin."""

import re
from decimal import Decimal

from synthesis.text.zh_numbers import cardinal, spell

# Digits with or without thousands separators, with or without a decimal part.  Possessive: a rule
# that does not fit what follows must not be content with half of the digits.
NUMBER = r"(?>\d{1,3}(?:,\d{3})++(?!\d)|\d++)(?:\.\d++)?+"
SIGNED = rf"[-+]?{NUMBER}"
# What stands between the two ends of a range.
TO = r"\s?(?:-|–|—|~|～|〜|至|到)\s?"

_LONGEST_CARDINAL = 16
# 2 is 两 before these, unless it is an ordinal.
_PAIRED = (
    "小时|个|位|张|条|本|只|件|名|家|次|天|年|周|种|台|套|部|份|杯|瓶|盒|箱|间|道|遍|趟|把|支|双|对|人|"
    "辆|艘|座|块|片|颗|粒|堂|节|篇|封|句|段|组|批|倍|米|公里|吨|千克|公斤|斤|平方米|立方米|厘米|毫米|升|"
    "毫升|克|股|款|门|晚|秒|分钟|刻钟|根|朵|碗|盘|包|袋|桶|罐|棵|头|匹|幅|栋|幢|排|项|场|轮|步|岁|户|亩|元|笔|枚|顶|类|扇|滴|单|桌|幕|集|页|行|列|厅|卫|题|顿|餐|样|圈|声"
)
_PAIR = re.compile(rf"(?<![第初\d.,:/-])2(?=\s?(?:{_PAIRED}))(?!\s?年级)")


def plain(text: str, *, trim: bool = False) -> str:
    """Read an unsigned number; ``trim`` leaves out zeros at the end of the decimal part."""
    whole, point, fraction = text.replace(",", "").partition(".")
    if trim:
        fraction = fraction.rstrip("0")
    if len(whole) > _LONGEST_CARDINAL or (whole.startswith("0") and len(whole) > 1):
        words = spell(whole)
    else:
        words = _pair_of_places(cardinal(whole))
    return words + ("点" + spell(fraction) if point and fraction else "")


def _pair_of_places(words: str) -> str:
    return re.sub(r"^二(?=[千万亿])", "两", words)


def signed(text: str, *, minus: str = "负", plus: str = "正", trim: bool = False) -> str:
    """Read a number with its sign."""
    words = plain(text.lstrip("+-"), trim=trim)
    return {"-": minus, "+": plus}.get(text[0], "") + words


def pairs(text: str) -> str:
    """Turn the number 2 into 两 where it counts things."""
    return _PAIR.sub("两", text)


def multiplied(text: str, factor: int) -> str:
    """Read a number times ``factor``, as 3k or 1.5M are meant."""
    value = Decimal(text.replace(",", "")) * factor
    return plain(f"{value.normalize():f}")
