"""Asks the engine, in a child process, whether words can be read so; it reads and writes PLS too.

Only the engine knows the phones of every language, and no web process loads it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from voiceassets.assets.lexicons import Word
from voiceassets.core.errors import Invalid, Unavailable
from voiceassets.corpus.inspection import child_environment

PROGRAM = "synthesis.text.lexicon_exchange"
WALL_LIMIT_S = 30.0


def examine(words: Sequence[Word]) -> Sequence[Word]:
    """These words, whose readings can all be followed.

    Raises:
        Invalid: one cannot; the message says why, and the data its place in `entries`.
    """
    _ask({"entries": [asdict(word) for word in words]}, "entries")
    return words


def from_pls(document: str) -> list[Word]:
    """The words of a Pronunciation Lexicon Specification 1.0 document.

    Raises:
        Invalid: it is not one, or a reading cannot be followed; the data tell line and column.
    """
    return [Word(**entry) for entry in _ask({"pls": document}, "pls")["entries"]]


def to_pls(entries: Sequence[dict[str, Any]]) -> str:
    """Kept words as a PLS 1.0 document."""
    document: str = _ask({"entries": entries}, "entries")["pls"]
    return document


def _ask(question: dict[str, Any], field: str) -> dict[str, Any]:
    try:
        child = subprocess.run(
            [sys.executable, "-m", PROGRAM],
            env=child_environment(),
            input=json.dumps(question).encode(),
            capture_output=True,
            check=True,
            timeout=WALL_LIMIT_S,
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        raise Unavailable("Readings cannot be checked on this server; ask its operator.") from error
    answer: dict[str, Any] = json.loads(child.stdout)
    if not answer["ok"]:
        raise Invalid(answer["reason"], code="bad_reading", field=field, **answer["data"])
    return answer
