"""English normalisation as the reference front end does it, misreadings included.

Dates become fractions, a number before a full stop becomes an ordinal, acronyms are spaced out:
checkpoints met these readings in training.  The `studio` profile normalises before this module.
"""

import re
import unicodedata

from synthesis.text.en_numbers import cardinal, decimal, integer, ordinal

_FULL_STOPS = str.maketrans({"。": ".", "！": "!", "？": "?"})
_LIST_NUMBER = re.compile(r"(\d+)\. ")
_OPERATORS = (
    (" + ", " plus "),
    (" - ", " minus "),
    (" × ", " times "),
    (" ÷ ", " divided by "),
)
_EQUALS = re.compile(r" = ")
_NEGATIVE = re.compile(r"(?:(?<=\s)|^)-(?=\d)")
_THOUSANDS = re.compile(r"(\d[\d,]+\d)")
_CLOCK = re.compile(r"\b([01]?\d|2[0-3]):([0-5]\d)\b")
_UNITS = {
    "m": ("meter", "meters"),
    "km": ("kilometer", "kilometers"),
    "ft": ("feet", "feet"),
    "L": ("liter", "liters"),
    "tbsp": ("tablespoon", "tablespoons"),
    "tsp": ("teaspoon", "teaspoons"),
    "h": ("hour", "hours"),
    "min": ("minute", "minutes"),
    "s": ("second", "seconds"),
    "°C": ("degree celsius", "degrees celsius"),
    "°F": ("degree fahrenheit", "degrees fahrenheit"),
}
_MEASURE = re.compile(rf"\b(\d+(?:\.\d+)?)({'|'.join(_UNITS)})\b|(\d+(?:\.\d+)?)(°[CF])")
_MONEY = re.compile(r"([$£])([\d.]*\d)|(?<![\d.])(\d[\d.]*)([$£])")
_CURRENCIES = {
    "$": (("dollar", "dollars"), ("cent", "cents")),
    "£": (("pound", "pounds"), ("pence", "pence")),
}
_DECIMAL = re.compile(r"(\d+\.\d+)")
_FRACTION = re.compile(r"(\d+)/(\d+)")
_ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th)")
_INTEGER = re.compile(r"\d+")
_REMOVED = re.compile(r"[^ A-Za-z'.,?!\-]")
_INNER_CAPITAL = re.compile(r"(?<!^)(?<!\s)(?=[A-Z])")
_MARK_RUN = re.compile(r"([!?…,.\-])[!?…,.\-]+")


def _clock(match: re.Match[str]) -> str:
    hour, minute = int(match[1]), match[2]
    spoken = cardinal(str(hour % 12 or 12))
    if minute == "00":
        spoken += " o'clock"
    else:
        spoken += (" oh " if minute.startswith("0") else " ") + cardinal(minute)
    return f"{spoken} {'p.m.' if hour >= 12 else 'a.m.'}"


def _measure(match: re.Match[str]) -> str:
    value, unit = (match[1], match[2]) if match[1] else (match[3], match[4])
    spoken = decimal(value) if "." in value else integer(value)
    return f"{spoken} {_UNITS[unit][value != '1']}"


def _money(match: re.Match[str]) -> str:
    sign, amount = (match[1], match[2]) if match[1] else (match[4], match[3])
    units, cents = _CURRENCIES[sign]
    parts = amount.strip(".").split(".")
    if len(parts) > 2:
        return f"{amount} {units[1]}"
    whole = parts[0].lstrip("0")
    fraction = parts[1].lstrip("0") if len(parts) == 2 else ""
    spoken = []
    if whole:
        spoken.append(f"{cardinal(whole)} {units[whole != '1']}")
    if fraction:
        spoken.append(f"{cardinal(fraction)} {cents[fraction != '1']}")
    return " and ".join(spoken) or f"zero {units[1]}"


def _fraction(match: re.Match[str]) -> str:
    top, bottom = match.groups()
    plural = "s" if int(top[:9]) > 1 else ""
    part = {"2": "half", "4": "quarter"}.get(bottom) or ordinal(bottom)
    return f"{cardinal(top)} {part}{plural}"


def expand_numbers(text: str) -> str:
    """Replace everything that holds digits by words."""
    text = _LIST_NUMBER.sub(lambda match: ordinal(match[1]) + ", ", text)
    for sign, word in _OPERATORS:
        text = text.replace(sign, word)
    text = _EQUALS.sub(" equals ", text)
    text = _NEGATIVE.sub("negative ", text)
    text = _THOUSANDS.sub(lambda match: match[1].replace(",", ""), text)
    text = _CLOCK.sub(_clock, text)
    text = _MEASURE.sub(_measure, text)
    text = _MONEY.sub(_money, text)
    text = _DECIMAL.sub(lambda match: decimal(match[1]), text)
    text = _FRACTION.sub(_fraction, text)
    text = _ORDINAL.sub(lambda match: ordinal(match[1]), text)
    return _INTEGER.sub(lambda match: integer(match[0]), text)


def strip_accents(text: str) -> str:
    """Plain letters, blanks and the marks that English keeps."""
    decomposed = unicodedata.normalize("NFD", text)
    return _REMOVED.sub("", decomposed)


def normalize(text: str) -> str:
    """Spoken English: only letters, blanks and ``' . , ? ! -`` remain."""
    text = expand_numbers(text.translate(_FULL_STOPS))
    text = strip_accents(text.replace("%", " percent")).replace("--", "")
    text = re.sub(r"(?i)i\.e\.", "that is", text)
    text = re.sub(r"(?i)e\.g\.", "for example", text)
    return _MARK_RUN.sub(r"\1", _INNER_CAPITAL.sub(" ", text))
