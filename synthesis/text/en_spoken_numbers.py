"""How the studio profile reads one written number in English."""

from decimal import Decimal

from synthesis.text import en_numbers

NUMBER = r"(?>\d{1,3}(?:,\d{3})++(?!\d)|\d++)(?:\.\d++)?+"
TO = r"\s?(?:-|–|—|~|to)\s?"
_LONGEST_COUNT = 12


def spell(digits: str) -> str:
    """One word per digit."""
    return en_numbers.spell(digits)


def ordinal(digits: str) -> str:
    """``21`` as "twenty-first"."""
    return en_numbers.ordinal(digits).replace(",", "").replace(" and ", " ")


def year(digits: str) -> str:
    """A year: 2024 as "twenty twenty-four", 2005 as "two thousand five"."""
    return en_numbers.integer(digits)


def plain(text: str, *, trim: bool = False) -> str:
    """Read an unsigned number; ``trim`` leaves out zeros at the end of the decimal part."""
    whole, point, fraction = text.replace(",", "").partition(".")
    if trim:
        fraction = fraction.rstrip("0")
    if len(whole) > _LONGEST_COUNT or (whole.startswith("0") and len(whole) > 1):
        words = spell(whole)
    else:
        words = en_numbers.cardinal(whole).replace(",", "")
    return words + (f" point {spell(fraction)}" if point and fraction else "")


def signed(text: str) -> str:
    """Read a number with its sign."""
    return {"-": "minus ", "+": "plus "}.get(text[0], "") + plain(text.lstrip("+-"))


def is_one(text: str) -> bool:
    """Whether a unit after this number stands in the singular."""
    return Decimal(text.replace(",", "").lstrip("+-")) == 1
