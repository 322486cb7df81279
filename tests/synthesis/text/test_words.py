"""Words as they were written, each with the phones it is spoken as."""

import itertools
import time

import pytest

from synthesis.text import phonemize
from synthesis.text.words import words_of


def spoken(text: str, language: str) -> list[tuple[str, str]]:
    runs = phonemize(text, language)
    phones = [phone for run in runs for phone in run.phones]
    return [
        (text[word.start : word.end], " ".join(phones[word.first : word.last]))
        for word in words_of(text, runs)
    ]


def test_a_number_is_one_word_with_all_that_is_said_for_it() -> None:
    words = dict(spoken("含税价1,299元，请在12:30前付款。", "zh"))
    assert words["1,299"].split()[:2] == ["y", "i1"]
    assert words["1,299"].split()[-1] == "iu3"
    assert words["元"] == "y van2"
    assert words["12:30"].split()[-2:] == ["f", "en1"]
    assert list(words)[-1] == "款"


def test_english_is_cut_at_its_words() -> None:
    words = spoken("Dr. Smith paid $3.50, don't ask.", "en")
    assert [word for word, _ in words] == ["Dr", "Smith", "paid", "$3.50", "don't", "ask"]
    assert words[0][1] == "D AA1 K T ER0"
    assert words[4][1] == "D OW1 N T"


@pytest.mark.parametrize(
    ("text", "language", "words"),
    [
        ("請call我。", "yue", ["請", "call", "我"]),
        ("안녕하세요 고객님.", "ko", ["안녕하세요", "고객님"]),
        ("[pinyin:qing1 he2|Qinghe]的重(zhong4)庆店", "zh", None),
    ],
)
def test_words_of_other_languages_and_markup_are_found(
    text: str, language: str, words: list[str] | None
) -> None:
    found = [word for word, _ in spoken(text, language)]
    assert found == (words or ["[pinyin:qing1 he2|Qinghe]", "的", "重", "庆", "店"])


def test_every_word_has_phones_in_order() -> None:
    text = "今日は天気がいいですね。東京は25度です。"
    words = words_of(text, phonemize(text, "ja"))
    assert all(word.first < word.last for word in words)
    assert all(a.last <= b.first for a, b in itertools.pairwise(words))


def test_a_letter_without_end_takes_no_time_without_end() -> None:
    text = "a" * 900
    runs = phonemize(text, "en")
    started = time.process_time()
    words_of(text, runs)
    assert time.process_time() - started < 1
