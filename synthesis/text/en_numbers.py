"""English readings of digit strings: cardinals, years, ordinals, decimals, digits."""

_ONE_NAMES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
)
_TEN_NAMES = "- ten twenty thirty forty fifty sixty seventy eighty ninety"
_GROUP_NAMES = (
    "- thousand million billion trillion quadrillion quintillion sextillion septillion octillion "
    "nonillion decillion"
)
_ONES, _TENS, _GROUPS = _ONE_NAMES.split(), _TEN_NAMES.split(), _GROUP_NAMES.split()
_LONGEST = 3 * len(_GROUPS)
_IRREGULAR_ORDINALS = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}


def spell(digits: str) -> str:
    """One word per digit."""
    return " ".join(_ONES[int(digit)] for digit in digits)


def _below_hundred(value: int) -> str:
    if value < len(_ONES):
        return _ONES[value]
    tens, ones = divmod(value, 10)
    return _TENS[tens] + (f"-{_ONES[ones]}" if ones else "")


def _below_thousand(value: int, joint: str) -> str:
    hundreds, rest = divmod(value, 100)
    if not hundreds:
        return _below_hundred(rest)
    return f"{_ONES[hundreds]} hundred" + (f"{joint}{_below_hundred(rest)}" if rest else "")


def cardinal(digits: str, *, joint: str = " ") -> str:
    """``1105`` as "one thousand, one hundred five"; very long numbers are spelled.

    ``joint`` stands between hundreds and the rest: ``" and "`` gives "one hundred and five".
    """
    significant = digits.lstrip("0")
    if not significant:
        return "zero"
    if len(significant) > _LONGEST:
        return spell(significant)
    parts = []
    for level in range((len(significant) - 1) // 3, -1, -1):
        end = len(significant) - 3 * level
        value = int(significant[max(0, end - 3) : end])
        if value:
            words = _below_thousand(value, joint)
            parts.append(f"{words} {_GROUPS[level]}" if level else words)
    if len(parts) > 1 and 0 < int(significant[-3:]) < 100:
        parts[-2:] = [f"{parts[-2]}{joint}{parts[-1]}"]
    return ", ".join(parts)


def ordinal(digits: str) -> str:
    """``121`` as "one hundred and twenty-first"."""
    words = cardinal(digits, joint=" and ")
    start = max(words.rfind(" "), words.rfind("-")) + 1
    last = words[start:]
    if last in _IRREGULAR_ORDINALS:
        return words[:start] + _IRREGULAR_ORDINALS[last]
    return words[:-1] + "ieth" if words.endswith("y") else words + "th"


def integer(digits: str) -> str:
    """A whole number; from 1001 to 2999 it is read the way years are."""
    value = int(digits) if len(digits) <= _LONGEST else 0
    if not 1000 < value < 3000:
        return cardinal(digits)
    if value == 2000:
        return "two thousand"
    if 2000 < value < 2010:
        return "two thousand " + _below_hundred(value % 100)
    century, rest = divmod(value, 100)
    if not rest:
        return f"{_below_hundred(century)} hundred"
    return f"{_below_hundred(century)} {'oh ' if rest < 10 else ''}{_below_hundred(rest)}"


def decimal(text: str) -> str:
    """``3.14`` as "three point one four"."""
    whole, _, fraction = text.partition(".")
    return f"{cardinal(whole or '0')} point {spell(fraction)}"
