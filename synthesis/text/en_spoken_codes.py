"""Addresses, telephone numbers and codes in spoken English."""

import re

from synthesis.text.addresses import EMAIL, URL, address_parts
from synthesis.text.en_spoken_numbers import plain, spell
from synthesis.text.rules import Rule

_MARKS = {
    ".": "dot",
    "@": "at",
    "/": "slash",
    "-": "dash",
    "_": "underscore",
    ":": "colon",
    "?": "question mark",
    "=": "equals",
    "&": "and",
    "#": "hash",
    "+": "plus",
    "%": "percent",
    "~": "tilde",
}


def _address(match: re.Match[str]) -> str:
    words = []
    for part in address_parts(match[0]):
        if part.isdigit():
            words.append(spell(part))
        else:
            words.append("W W W" if part.lower() == "www" else _MARKS.get(part, part))
    return " ".join(words) + ("." if match[0].endswith(".") else "")


def _groups(match: re.Match[str]) -> str:
    number = match[0]
    plus = "plus " if number.startswith("+") else ""
    return plus + ", ".join(spell(group) for group in re.findall(r"\d+", number))


def spell_code(code: str) -> str:
    """Letters one by one, digits one by one, marks by name."""
    return " ".join(
        spell(char) if char.isdigit() else _MARKS.get(char, char.upper()) for char in code
    )


def _keyed(match: re.Match[str]) -> str:
    return match[1].rstrip("#") + spell_code(match[2])


def _version(match: re.Match[str]) -> str:
    prefix = "version " if match[1] else ""
    return prefix + " point ".join(plain(part) for part in match[2].split("."))


def _dotted(match: re.Match[str]) -> str:
    return " dot ".join(spell(part) for part in match[0].split("."))


def _letters_and_digits(match: re.Match[str]) -> str:
    digits = match[2]
    spoken = spell(digits) if len(digits) > 2 or digits.startswith("0") else plain(digits)
    return f"{match[1]} {spoken}"


_KEYWORDS = (
    r"(?:order|tracking|account|reference|ref|ticket|serial|verification|confirmation|booking|"
    r"invoice|flight|room|extension|ext|PIN|code|ID|zip|case|suite|gate|passcode|member|card)"
)

ADDRESSES: tuple[Rule, ...] = (Rule(EMAIL, _address), Rule(URL, _address))
TELEPHONES: tuple[Rule, ...] = (
    Rule(
        rf"(?i)(\b{_KEYWORDS}\.?(?:\s(?:number|code|no\.|id))?(?:\s(?:is|was)|:)?\s?#?)"
        r"((?:[A-Z]{0,4}-?)?\d[\dA-Z-]{2,30})(?!\w|[.,]\d|%)",
        _keyed,
    ),
    Rule(r"(?<![\d.])\+\d{1,3}[-\s]?\(?\d{1,4}\)?(?:[-\s]?\d{3,4}){1,3}(?!\d|\.\d)", _groups),
    Rule(r"(?<![\d.])(?:1[-\s])?\(?\d{3}\)?[-\s]\d{3}[-\s]\d{4}(?!\d)", _groups),
    Rule(r"(?<![\d.-])\d{3}-\d{4}(?![\d-])", _groups),
)
CODES: tuple[Rule, ...] = (
    Rule(
        r"(?i)(\b(?:dial|call|text|press)\s)(\d{3,6})(?!\w|[.,:]\d|\s(?:times|people|days))",
        lambda match: match[1] + spell(match[2]),
    ),
    Rule(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?!\d|\.\d)", _dotted),
    Rule(r"(?<![A-Za-z\d.])([Vv](?:er)?\.?\s?)?(\d+(?:\.\d+){2,})(?![\d.]*\d)", _version),
    Rule(r"(?<![A-Za-z\d.])([Vv])(\d+(?:\.\d+)?)(?![\d])", _version),
    Rule(
        r"(?<![\d.-])\d{1,5}(?:-\d{1,5}){2,}(?![\d-])",
        lambda match: " dash ".join(spell(part) for part in match[0].split("-")),
    ),
    Rule(r"\b24/7\b", "twenty-four seven"),
    Rule(r"\b([A-Z]{2})\s?(\d{3,4})\b(?!\s?%)", _letters_and_digits),
    Rule(r"([A-Za-z]+)-?(\d+)(?![\d.,%A-Za-z:/])", _letters_and_digits),
)
