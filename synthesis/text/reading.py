"""Explains how a text is read: steps, normalised words, phones, and what prescribed them."""

from dataclasses import asdict
from typing import Any

from synthesis.front_end import FrontEnd
from synthesis.speaking.script import Line, read_script
from synthesis.text.markup import Plain, parse
from synthesis.text.plan import Silence
from synthesis.text.words import words_of
from synthesis.types import Utterance


def explain(utterance: Utterance, *, version: str) -> dict[str, Any]:
    """What `python -m synthesis phones` shows, in values that JSON has.

    Raises what reading the text for speech raises.
    """
    front = FrontEnd(version=version, bert_width=1, uses_bert=False)
    script = read_script(front, utterance)
    steps: list[dict[str, Any]] = []
    for step in script.steps:
        if isinstance(step, Line):
            steps.append(_explained(step, utterance))
        elif isinstance(step, Silence):
            steps.append({"silence_ms": step.duration_ms})
        else:
            steps.append({"mark": step.name})
    return {
        "steps": steps,
        "unspoken": [list(part) for part in script.unspoken],
        "notes": list(script.notes),
    }


def _explained(line: Line, utterance: Utterance) -> dict[str, Any]:
    phones = line.read.phones
    return {
        "text": line.text,
        "start": min(line.places),
        "end": max(line.places) + 1,
        "speed": line.speed,
        "volume_db": line.volume_db,
        "runs": [asdict(run) for run in line.read.runs],
        "words": [
            [line.read.text[word.start : word.end], " ".join(phones[word.first : word.last])]
            for word in words_of(line.read.text, line.read.runs)
        ],
        "lexicon": _hits(line, utterance),
    }


def _hits(line: Line, utterance: Utterance) -> list[dict[str, Any]]:
    """The lexicon's words in a line; compat follows none."""
    if utterance.profile != "studio":
        return []
    return [
        {
            "start": line.places[part.offset + place],
            "word": entry.word,
            "alphabet": entry.alphabet,
            "value": entry.value,
        }
        for part in parse(line.read.text)
        if isinstance(part, Plain)
        for place, entry in utterance.lexicon.hits(part.text)
    ]
