"""What a sentence alone tells: its language, its length, and how it joins another."""

import pytest

from training.prepare.sentences import join_texts, language_of, languages_of, split_sentences
from training.prepare.spoken_length import syllables


@pytest.mark.parametrize(
    ("text", "recording_language", "language"),
    [
        ("您好", "auto", "zh"),
        ("Hello", "auto", "en"),
        ("こんにちは世界", "auto", "ja"),
        ("안녕하세요", "auto", "ko"),
        ("Hello", "zh", "en"),
        ("您好", "en", "zh"),
        ("我的 GPU 很热", "zh", "zh"),
        ("我哋去飲茶", "yue", "yue"),
        ("東京", "ja", "ja"),
        ("12345", "zh", "zh"),
        ("Guten Tag", "de", "de"),
    ],
)
def test_a_sentence_in_another_script_is_in_another_language(
    text: str, recording_language: str, language: str
) -> None:
    assert language_of(text, recording_language) == language


def test_a_transcript_without_any_kana_is_not_japanese() -> None:
    mandarin = ("您好，请问您贵姓？", "请稍等。", "再见。")
    assert languages_of(mandarin, "ja") == ["zh"] * 3
    assert languages_of((*mandarin, "ありがとう。"), "ja") == ["ja"] * 4
    assert languages_of(("了解。",), "ja") == ["ja"]


def test_texts_join_with_a_space_unless_both_sides_are_chinese() -> None:
    assert join_texts("您好，", "请坐。") == "您好，请坐。"
    assert join_texts("Hello.", "Sit down.") == "Hello. Sit down."
    assert join_texts("您好。", "Hello.") == "您好。 Hello."


@pytest.mark.parametrize(
    ("text", "count"), [("您好，世界。", 4), ("Thank you for calling.", 5), ("第 3 号 room", 4)]
)
def test_syllables_are_counted_in_every_script(text: str, count: int) -> None:
    assert syllables(text) == count


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("您好。请坐！好吗？", ("您好。", "请坐！", "好吗？")),
        ("他说：“好。”然后走了。", ("他说：“好。”然后走了。",)),
        ("It costs 3.5 euros. Really?  Yes", ("It costs 3.5 euros.", "Really?", "Yes")),
        ("没有标点", ("没有标点",)),
    ],
)
def test_a_line_divides_into_its_sentences(text: str, sentences: tuple[str, ...]) -> None:
    assert split_sentences(text) == sentences
