"""`python -m synthesis.text.lexicon_exchange`: lexicons checked, and exchanged as PLS, for others.

It reads one JSON object from its input and writes one line of JSON. `{"entries": […]}` and
`{"pls": "…"}` are both answered by `{"ok": true, "entries": […], "pls": "…"}`, or by `{"ok": false,
"reason": "…", "data": {…}}`, whose data tell the entry's `index`, or `line` and `column`.
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from synthesis.errors import EngineError
from synthesis.text.lexicon import Entry, Lexicon


def exchanged(given: Mapping[str, Any]) -> dict[str, Any]:
    """The lexicon in both of its forms, or the first thing in it that cannot be followed."""
    try:
        lexicon = Lexicon.from_pls(given["pls"]) if "pls" in given else _read(given["entries"])
    except EngineError as error:
        return {"ok": False, "reason": error.message, "data": error.data}
    entries = [asdict(entry) for entry in lexicon.entries]
    return {"ok": True, "entries": entries, "pls": lexicon.to_pls()}


def _read(entries: list[dict[str, Any]]) -> Lexicon:
    read = []
    for index, entry in enumerate(entries):
        try:
            read.append(Entry(**entry))
        except EngineError as error:
            raise EngineError(error.message, data={**error.data, "index": index}) from error
    return Lexicon(tuple(read))


if __name__ == "__main__":
    json.dump(exchanged(json.load(sys.stdin)), sys.stdout)
