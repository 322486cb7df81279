"""The studio profile's English: amounts, dates, codes, abbreviations and signs become words."""

import re
from decimal import Decimal

from synthesis.text import en_spoken_codes, en_spoken_dates
from synthesis.text.en_spoken_numbers import NUMBER, TO, is_one, ordinal, plain, signed, spell, year
from synthesis.text.measures import CURRENCIES, UNITS, longest_first
from synthesis.text.rules import Rule, apply

_SIGN = "|".join(re.escape(sign) for sign in longest_first(CURRENCIES))
_UNIT = "|".join(re.escape(unit) for unit in longest_first(UNITS))
_SCALES = {"k": "thousand", "m": "million", "b": "billion", "bn": "billion", "t": "trillion"}
_SCALE = r"(?:\s?(?P<scale>thousand|million|billion|trillion|bn|[kKmMbB](?![A-Za-z])))?"


def _with_cents(number: str, sign: str) -> str:
    currency = CURRENCIES[sign]
    whole, _, fraction = number.replace(",", "").partition(".")
    if not currency.cent or len(fraction) != 2:
        name = currency.one if is_one(number) else currency.many
        return f"{plain(number, trim=True)} {name}"
    parts = []
    if int(whole) or not int(fraction):
        parts.append(f"{plain(whole)} {currency.one if int(whole) == 1 else currency.many}")
    if int(fraction):
        cents = str(int(fraction))
        parts.append(f"{plain(cents)} {currency.cent if cents == '1' else currency.cents}")
    return " and ".join(parts)


def _money(match: re.Match[str]) -> str:
    sign, number, end, scale = match["sign"], match["number"], match["end"], match["scale"]
    minus = "minus " if match["minus"] else ""
    if scale:
        scale = _SCALES.get(scale.lower(), scale)
    many = CURRENCIES[sign].many
    if end:
        spoken = f"{plain(number, trim=True)} to {plain(end, trim=True)}"
        return f"{minus}{spoken} {scale + ' ' if scale else ''}{many}"
    if scale:
        return f"{minus}{plain(number)} {scale} {many}"
    return minus + _with_cents(number, sign)


_MONEY: tuple[Rule, ...] = (
    Rule(
        rf"(?P<minus>(?<![\dA-Za-z])-)?(?<![A-Za-z])(?P<sign>{_SIGN})\s?(?P<number>{NUMBER})"
        rf"(?:{TO}(?:{_SIGN})?(?P<end>{NUMBER}))?{_SCALE}",
        _money,
    ),
    Rule(
        rf"(?P<minus>(?<![\dA-Za-z])-)?(?<![\d.A-Za-z])(?P<number>{NUMBER})"
        rf"(?:{TO}(?P<end>{NUMBER}))?{_SCALE}\s?(?P<sign>{_SIGN})(?![A-Za-z\d])",
        _money,
    ),
)


def _measure(match: re.Match[str]) -> str:
    start, end = match[1], match[2]
    _, one, many = UNITS[match[3]]
    if end:
        return f"{signed(start)} to {plain(end)} {many}"
    return f"{signed(start)} {one if is_one(start) else many}"


def _percent(match: re.Match[str]) -> str:
    end = f" to {plain(match[2])}" if match[2] else ""
    return f"{signed(match[1])}{end} {'percent' if match[3] == '%' else 'per mille'}"


def _degrees(match: re.Match[str]) -> str:
    scale = {"C": " Celsius", "F": " Fahrenheit"}.get((match[3] or "").upper(), "")
    end = f" to {signed(match[2])}" if match[2] else ""
    one = not end and abs(Decimal(match[1].replace(",", ""))) == 1
    return f"{signed(match[1])}{end} degree{'' if one else 's'}{scale}"


def _fraction(match: re.Match[str]) -> str:
    whole, top, bottom = match[1], match[2], match[3]
    if int(bottom) < 2 or int(top) >= int(bottom):
        return f"{plain(top)} slash {plain(bottom)}"
    part = {"2": "half", "4": "quarter"}.get(bottom) or ordinal(bottom)
    plural = "halves" if bottom == "2" else part + "s"
    spoken = f"{'a' if whole and top == '1' else plain(top)} {part if top == '1' else plural}"
    return f"{plain(whole)} and {spoken}" if whole else spoken


_OPERATORS = {"+": "plus", "-": "minus", "×": "times", "*": "times", "÷": "divided by"}
_OPERATORS |= {"=": "equals", "x": "by"}


def _sum(match: re.Match[str]) -> str:
    parts = re.findall(rf"{NUMBER}|[-+×x*÷=]", match[0])
    return " ".join(_OPERATORS.get(part) or plain(part) for part in parts)


def _remaining(match: re.Match[str]) -> str:
    digits = match[0]
    # A long bare number is a code: nobody counts to it.
    return spell(digits) if digits.isdigit() and len(digits) > 9 else plain(digits)


_NUMBERS: tuple[Rule, ...] = (
    Rule(rf"(?<![\d.A-Za-z])([-+]?{NUMBER})(?:%?{TO}({NUMBER}))?\s?([%‰])", _percent),
    Rule(rf"(?<![\d.A-Za-z])([-+]?{NUMBER})(?:{TO}(-?{NUMBER}))?\s?°\s?([CFcf]\b)?", _degrees),
    Rule(r"(?<![\d/.])(?:(\d+)\s)?(\d{1,6})/(\d{1,6})(?![\d/])", _fraction),
    Rule(
        rf"(?<![\d.A-Za-z]){NUMBER}(?:\s?[-+×x*÷]\s?{NUMBER})+\s?=\s?-?{NUMBER}"
        rf"|(?<![\d.A-Za-z]){NUMBER}(?:\s?[+×x*÷]\s?{NUMBER})+(?![A-Za-z])",
        _sum,
    ),
    Rule(
        rf"(?<![\d.A-Za-z])([-+]?{NUMBER})(?:{TO}({NUMBER}))?[\s-]?({_UNIT})(?![A-Za-z\d])",
        _measure,
    ),
    Rule(r"(?i)(?:\bno\.|\bnumber|#)\s?(\d+)", lambda match: "number " + plain(match[1])),
    Rule(r"(?<!\d)(\d{3,4})p\b", lambda match: year(match[1]) + " p"),
    Rule(r"(\d+)(?:st|nd|rd|th)\b", lambda match: ordinal(match[1])),
    Rule(
        rf"(?<![\d.A-Za-z])({NUMBER})\s?[-–~]\s?({NUMBER})(?![\d-])",
        lambda match: f"{plain(match[1])} to {plain(match[2])}",
    ),
    Rule(rf"(?<![\d.A-Za-z])({NUMBER})k\b", lambda match: plain(match[1]) + " thousand"),
    Rule(
        rf"(?<![\d.A-Za-z])({NUMBER})([MB])(?![A-Za-z\d])",
        lambda match: f"{plain(match[1])} {_SCALES[match[2].lower()]}",
    ),
    Rule(rf"({NUMBER})\+", lambda match: plain(match[1]) + " plus"),
    Rule(rf"(?<![\d.A-Za-z])-(?={NUMBER})", "minus "),
    Rule(rf"(?<=[A-Za-z])(?={NUMBER})", " "),
    Rule(rf"({NUMBER})(?=[A-Za-z])", lambda match: _remaining(match) + " "),
    Rule(NUMBER, _remaining),
)
_ABBREVIATIONS = {
    "Dr.": "Doctor",
    "Mr.": "Mister",
    "Mrs.": "Missus",
    "Ms.": "Miz",
    "Prof.": "Professor",
    "Ph.D.": "P H D",
    "Ave.": "Avenue",
    "Rd.": "Road",
    "Blvd.": "Boulevard",
    "Inc.": "Incorporated",
    "Ltd.": "Limited",
    "Corp.": "Corporation",
    "Co.": "Company",
    "Jr.": "Junior",
    "Sr.": "Senior",
    "vs.": "versus",
    "etc.": "et cetera",
    "e.g.": "for example",
    "i.e.": "that is",
    "approx.": "approximately",
    "dept.": "department",
    "est.": "established",
    "min.": "minimum",
    "max.": "maximum",
    "Mon.": "Monday",
    "Tue.": "Tuesday",
    "Wed.": "Wednesday",
    "Thu.": "Thursday",
    "Fri.": "Friday",
    "Sat.": "Saturday",
    "Sun.": "Sunday",
    "w/o": "without",
    "w/": "with",
}
_SIGN_WORDS = {
    "&": " and ",
    "@": " at ",
    "#": " hash ",
    "%": " percent ",
    "‰": " per mille ",
    "+": " plus ",
    "=": " equals ",
    "×": " times ",
    "÷": " divided by ",
    "±": " plus or minus ",
    "≈": " approximately ",
    "≠": " is not equal to ",
    "≥": " greater than or equal to ",
    "≤": " less than or equal to ",
    ">": " greater than ",
    "<": " less than ",
    "√": " square root of ",
    "∞": " infinity ",
    "°": " degrees ",
    "′": " minutes ",
    "″": " seconds ",
    "→": " to ",
    "←": " back to ",
    "*": " star ",
    "^": " to the power of ",
    "_": " underscore ",
    "\\": " backslash ",
    "|": ", ",
    **{sign: f" {currency.many} " for sign, currency in CURRENCIES.items() if len(sign) == 1},
}
_GREEK = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma "
    "sigma tau upsilon phi chi psi omega"
)
_GREEK_WORDS = {chr(0x3B1 + index): f" {name} " for index, name in enumerate(_GREEK.split())}
_GREEK_WORDS |= {letter.upper(): word for letter, word in _GREEK_WORDS.items() if letter != "ς"}
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-", "⁺")


def _power(match: re.Match[str]) -> str:
    exponent = match[0].translate(_SUPERSCRIPTS)
    return {"2": " squared", "3": " cubed"}.get(exponent, f" to the power of {exponent}")


def _expand(match: re.Match[str]) -> str:
    words = _ABBREVIATIONS[match[0]]
    # The stop of a closing abbreviation ends the sentence too.
    ends = match.end() == len(match.string) and match[0].endswith(".")
    return words + ("." if ends else "")


def _street(match: re.Match[str]) -> str:
    return "Street." if match.end() == len(match.string) else "Street"


_ABBREVIATED = "|".join(re.escape(short) for short in sorted(_ABBREVIATIONS, key=len, reverse=True))
_FIRST: tuple[Rule, ...] = (
    Rule(r"\bSt\.(?=\s[A-Z][a-z])", "Saint"),
    Rule(r"\bSt\.", _street),
    Rule(rf"(?<![A-Za-z.\d])(?<!\d )(?:{_ABBREVIATED})(?![A-Za-z])", _expand),
    Rule(r"\b(?:[A-Za-z]\.){2,}", lambda match: match[0].replace(".", " ").upper()),
)
_LAST: tuple[Rule, ...] = (
    Rule("[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻]+", _power),
    Rule(r"\d+", lambda match: plain(match[0])),
    Rule(r"(?<=[A-Za-z])\s?/\s?(?=(?:month|year|day|week|hour|person|night|unit|user)\b)", " per "),
    Rule("/", " "),
    Rule("[" + "".join(map(re.escape, _SIGN_WORDS)) + "]", lambda match: _SIGN_WORDS[match[0]]),
    Rule("[" + "".join(_GREEK_WORDS) + "]", lambda match: _GREEK_WORDS[match[0]]),
)


def speak(text: str) -> str:
    """Words for everything that is not a word; letters and marks are left as they are."""
    text = apply(en_spoken_codes.ADDRESSES, text)
    text = apply(_MONEY, text)
    text = apply(en_spoken_codes.TELEPHONES, text)
    text = apply(en_spoken_dates.RULES, text)
    text = apply(en_spoken_codes.CODES, text)
    return apply(_LAST, apply(_NUMBERS, apply(_FIRST, text)))
