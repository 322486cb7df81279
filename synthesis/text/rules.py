"""One substitution of a spoken-form normaliser, and applying a table of them in order."""

import re
from collections.abc import Callable, Iterable


class Rule:
    """A pattern with what replaces a match; the pattern is compiled with the table."""

    __slots__ = ("pattern", "replace")

    def __init__(self, pattern: str, replace: Callable[[re.Match[str]], str] | str) -> None:
        self.pattern = re.compile(pattern)
        self.replace = replace


def apply(rules: Iterable[Rule], text: str) -> str:
    """Every rule over the whole text, one after another."""
    for rule in rules:
        text = rule.pattern.sub(rule.replace, text)
    return text
