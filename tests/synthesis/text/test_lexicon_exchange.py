"""What a program that knows nothing of phones learns about a lexicon."""

from __future__ import annotations

import pytest

from synthesis.text.lexicon_exchange import exchanged

GOOD = {"word": "青禾", "alphabet": "pinyin", "value": "qing1 he2"}


def test_entries_and_their_document_are_one_lexicon() -> None:
    inside = {"word": "AI", "alphabet": "alias", "value": "A I", "whole_word": False}
    written = exchanged({"entries": [GOOD, inside]})
    assert written["ok"]
    read = exchanged({"pls": written["pls"]})
    assert read["entries"] == written["entries"]
    assert [entry["whole_word"] for entry in read["entries"]] == [True, False]


@pytest.mark.parametrize(
    ("alphabet", "value", "reason"),
    [
        ("pinyin", "qing9 he2", "qing9"),
        ("pinyin", "qing1", "2 characters"),
        ("arpabet", "ZZ1", "arpabet"),
        ("phones", "zh:q1", "phones"),
        ("kana", "car", "kana"),
    ],
)
def test_a_reading_that_cannot_be_followed_is_named_with_its_place(
    alphabet: str, value: str, reason: str
) -> None:
    bad = {"word": "青禾", "alphabet": alphabet, "value": value}
    answer = exchanged({"entries": [GOOD, bad]})
    assert not answer["ok"]
    assert reason in answer["reason"]
    assert answer["data"]["index"] == 1


def test_a_broken_document_is_refused_with_line_and_column() -> None:
    answer = exchanged({"pls": "<lexicon>\n<lexeme></lexeme></lexicon>"})
    assert (answer["ok"], answer["data"]) == (False, {"line": 2, "column": 1})
