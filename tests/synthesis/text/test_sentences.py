"""Cutting a text into sentences by length."""

import pytest

from synthesis.errors import UnspeakableText
from synthesis.text import split_sentences
from synthesis.text.sentences import effective_length


def test_short_sentences_are_joined() -> None:
    assert split_sentences("你好。欢迎致电青禾客服，请问有什么可以帮您？", "zh") == [
        "你好。欢迎致电青禾客服，请问有什么可以帮您？"
    ]


def test_whole_sentences_are_kept_apart() -> None:
    text = "今天天气很好，我们出去走走。明天可能会下雨，记得带伞。"
    assert split_sentences(text, "zh") == [
        "今天天气很好，我们出去走走。",
        "明天可能会下雨，记得带伞。",
    ]


def test_an_abbreviation_or_a_number_is_not_cut() -> None:
    text = "Dr. Smith paid $3.50 at 5 p.m. yesterday. The U.S. version 2.10.3 is out today."
    assert split_sentences(text, "en") == [
        "Dr. Smith paid $3.50 at 5 p.m. yesterday.",
        "The U.S. version 2.10.3 is out today.",
    ]


def test_a_long_sentence_is_cut_at_lesser_marks() -> None:
    text = "，".join(["这是一个很长的句子里面的一个分句"] * 12) + "。"
    pieces = split_sentences(text, "zh")
    assert "".join(pieces) == text
    assert all(effective_length(piece) <= 160 for piece in pieces)


def test_a_run_without_marks_is_cut_too() -> None:
    pieces = split_sentences("春" * 1000, "zh")
    assert "".join(pieces) == "春" * 1000
    assert all(effective_length(piece) <= 400 for piece in pieces)


def test_nothing_is_lost_between_sentences() -> None:
    text = "好😀。第二句话在这里说得长一点点！OK?\n第三句话。"
    assert "".join(split_sentences(text, "zh")).replace("\n", "") == text.replace("\n", "")


@pytest.mark.parametrize("method", ["length", "cut0", "cut5"])
def test_marks_alone_are_refused(method: str) -> None:
    with pytest.raises(UnspeakableText):
        split_sentences("！？。，", "zh", method=method)


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(ValueError, match="cut5"):
        split_sentences("你好", "zh", method="cut9")
