"""Mandarin readings of digit strings: as a cardinal, as a decimal, digit by digit."""

DIGITS = "零一二三四五六七八九"
_TELEPHONE_DIGITS = "零幺二三四五六七八九"
_PLACES = ("", "十", "百", "千")
_GROUPS = ("", "万", "亿", "万亿", "亿亿")


def spell(digits: str, *, telephone: bool = False) -> str:
    """One word per digit; on the telephone one is 幺."""
    words = _TELEPHONE_DIGITS if telephone else DIGITS
    return "".join(words[int(digit)] for digit in digits)


def cardinal(digits: str) -> str:
    """Read a string of digits as a whole number; numbers past 10**20 are spelled."""
    significant = digits.lstrip("0")
    if not significant:
        return "零"
    if len(significant) > 4 * len(_GROUPS):
        return spell(significant)
    words = _groups(significant)
    return words[1:] if words.startswith("一十") else words


def _groups(digits: str) -> str:
    head = len(digits) % 4 or 4
    chunks = [digits[:head], *(digits[i : i + 4] for i in range(head, len(digits), 4))]
    words = ""
    gap = False
    for index, chunk in enumerate(chunks):
        if not chunk.strip("0"):
            gap = True
            continue
        if words and (gap or chunk[0] == "0"):
            words += "零"
        words += _within_group(chunk) + _GROUPS[len(chunks) - 1 - index]
        gap = False
    return words


def _within_group(chunk: str) -> str:
    words = ""
    pending_zero = False
    for index, digit in enumerate(chunk):
        if digit == "0":
            pending_zero = bool(words)
            continue
        words += ("零" if pending_zero else "") + DIGITS[int(digit)]
        words += _PLACES[len(chunk) - 1 - index]
        pending_zero = False
    return words


def number(text: str) -> str:
    """Read ``12``, ``3.50`` or ``.5``; several trailing zeros after the point are read as one."""
    whole, point, fraction = text.partition(".")
    if not point:
        return cardinal(whole)
    kept = fraction.rstrip("0")
    if kept != fraction:
        kept += "0"
    return (cardinal(whole) if whole else "零") + "点" + spell(kept)
