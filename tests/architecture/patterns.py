"""Tries every regular expression of ours with text made to slow it down; prints the slow ones.

`python -m tests.architecture.patterns`. Each is printed before it is tried, so that one which never
ends is the last line. A place that repeats is fed what it repeats on, then what fails it.
"""

from __future__ import annotations

import ast
import re
import sys
import time
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from re import _parser  # type: ignore[attr-defined]
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("voiceassets", "synthesis", "training")
USES = {"compile", "match", "fullmatch", "search", "sub", "split", "findall", "finditer", "subn"}
# At this length the square of it still is a tenth of a second; its cube, or worse, is not.
LENGTH, MOST_S = 1500, 0.4
SAMPLES = {"CATEGORY_DIGIT": "1", "CATEGORY_SPACE": " ", "CATEGORY_WORD": "a"}
BREAKERS = ("\x00", "!", "")


def patterns() -> Iterator[tuple[str, str]]:
    """Every pattern that is written as one text, and where."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and node.args and _is_pattern(node):
                    text = _text(node.args[0])
                    if text is not None:
                        yield f"{path.relative_to(ROOT)}:{node.lineno}", text


def attacks(pattern: str) -> Iterator[str]:
    """Texts that repeat what the pattern repeats, alone and in turns, and then do not fit."""
    tree = _parser.parse(pattern)
    pumps = sorted({sample for part in _repeated(tree) if (sample := _sample(part))})[:8]
    head = takewhile(lambda part: "REPEAT" not in str(part[0]), tree)
    prefix = _sample(head)[:20]
    for pump in {*pumps, *(a + b for a in pumps[:3] for b in pumps[:3])}:
        for breaker in BREAKERS:
            for start in ("", prefix):
                yield start + pump * (LENGTH // len(pump)) + breaker


def seconds_of(pattern: str) -> float:
    """The longest that it computes on any of its attacks, from any beginning."""
    compiled, longest = re.compile(pattern), 0.0
    for attack in attacks(pattern):
        for use in (compiled.search, compiled.fullmatch):
            begun = time.process_time()
            use(attack)
            longest = max(longest, time.process_time() - begun)
    return longest


def _is_pattern(node: ast.Call) -> bool:
    called = node.func
    if isinstance(called, ast.Attribute):
        return (
            isinstance(called.value, ast.Name) and called.value.id == "re" and called.attr in USES
        )
    return isinstance(called, ast.Name) and called.id == "RegexValidator"


def _text(node: ast.expr) -> str | None:
    try:
        found = ast.literal_eval(node)
    except ValueError:
        return None
    return found if isinstance(found, str) else None


def _repeated(tree: Any) -> Iterator[Any]:
    for kind, value in tree:
        if str(kind) in {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"}:
            yield value[2]
        for inner in _inside(value):
            yield from _repeated(inner)


def _inside(value: Any) -> Iterator[Any]:
    if isinstance(value, _parser.SubPattern):
        yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _inside(item)


def _sample(tree: Any) -> str:
    """Something short that the pattern takes, roughly."""
    found = ""
    for kind, value in tree:
        match str(kind):
            case "LITERAL":
                found += chr(value)
            case "NOT_LITERAL" | "ANY":
                found += "a"
            case "IN":
                found += _member(value)
            case "BRANCH":
                found += _sample(value[1][0])
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                found += _sample(value[2]) * min(max(value[0], 1), 4)
            case "SUBPATTERN":
                found += _sample(value[3])
            case "ATOMIC_GROUP":
                found += _sample(value)
    return found


def _member(choices: Any) -> str:
    kind, value = choices[0]
    match str(kind):
        case "LITERAL":
            return chr(value)
        case "RANGE":
            return chr(value[0])
        case "CATEGORY":
            return SAMPLES.get(str(value), "a")
    return "a"


def main() -> int:
    slow = tried = 0
    for place, pattern in patterns():
        print(f"{place} {pattern!r}", flush=True)
        seconds, tried = seconds_of(pattern), tried + 1
        if seconds > MOST_S:
            slow += 1
            print(f"SLOW {seconds:.1f} s {place} {pattern!r}", flush=True)
    print(f"{tried} patterns, {slow} slow")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
