"""What the studio profile says for sentences of customer service and brands."""

import json
from pathlib import Path

import pytest

from synthesis.text import phonemize

_LINES = (Path(__file__).parent / "readings.jsonl").read_text(encoding="utf-8").splitlines()
_READINGS = [json.loads(line) for line in _LINES]


def test_the_table_has_at_least_three_hundred_sentences() -> None:
    assert len({(row["language"], row["text"]) for row in _READINGS}) >= 300


@pytest.mark.parametrize("language", ["zh", "en", "auto"])
def test_every_sentence_of_the_table_is_read_as_written_there(language: str) -> None:
    wrong = {
        row["text"]: reading
        for row in _READINGS
        if row["language"] == language
        and (reading := "|".join(run.normalized for run in phonemize(row["text"], language)))
        != row["reading"]
    }
    assert wrong == {}
