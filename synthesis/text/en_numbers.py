"""English readings of digit strings: cardinals, years, ordinals, decimals, digits."""

from functools import cache
from importlib import import_module
from typing import Any

_DIGITS = (
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
)
_LONGEST = 36


@cache
def _engine() -> Any:
    # Slow: wanted only once a text has a number.
    return import_module("inflect").engine()


def spell(digits: str) -> str:
    """One word per digit."""
    return " ".join(_DIGITS[int(digit)] for digit in digits)


def cardinal(digits: str) -> str:
    """``105`` as "one hundred five"; numbers of more than 36 digits are spelled."""
    if len(digits) > _LONGEST:
        return spell(digits)
    return str(_engine().number_to_words(int(digits), andword=""))


def ordinal(digits: str) -> str:
    """``21`` as "twenty-first"."""
    if len(digits) > _LONGEST:
        return spell(digits)
    return str(_engine().number_to_words(_engine().ordinal(int(digits))))


def integer(digits: str) -> str:
    """A whole number; from 1001 to 2999 it is read the way years are."""
    value = int(digits) if len(digits) <= _LONGEST else 0
    if not 1000 < value < 3000:
        return cardinal(digits)
    if value == 2000:
        return "two thousand"
    if 2000 < value < 2010:
        return "two thousand " + cardinal(str(value % 100))
    if value % 100 == 0:
        return cardinal(str(value // 100)) + " hundred"
    pairs = _engine().number_to_words(value, andword="", zero="oh", group=2)
    return str(pairs).replace(", ", " ")


def decimal(text: str) -> str:
    """``3.14`` as "three point one four"."""
    whole, _, fraction = text.partition(".")
    return f"{cardinal(whole or '0')} point {spell(fraction)}"
