"""Phones in the synthesizer's notation."""

import pytest

from synthesis.text.symbols import PUNCTUATION
from training.corpus.mnemonics import PhonesNotMapped, english, mandarin, mandarin_syllables
from training.corpus.utterance import read

pytestmark = pytest.mark.synthesizers


def test_every_phone_of_an_english_word_becomes_one_phoneme() -> None:
    clause = english(("HH", "AH0", "L", "OW1", "W", "ER1", "L", "D"), ("hello", "world"))
    assert clause.text == "[[_:|h|@|l|'oU w|'3:|l|d]]"
    assert clause.counts == (1,) * 8


def test_words_that_do_not_spell_the_phones_are_said_without_a_break() -> None:
    assert english(("K", "AE1", "T"), ("dog",)).text == "[[_:|k|'a|t]]"


def test_a_syllable_without_a_consonant_borrows_its_initial_from_the_vowel() -> None:
    clause = mandarin(("y", "ve4", "n", "v3"))
    assert clause.counts[:2] == (0, 1)
    assert clause.counts[2:] == (1, 1)


def test_a_low_tone_is_half_said_before_another_syllable_and_whole_at_the_end() -> None:
    text = mandarin(("n", "i3", "h", "ao3")).text
    assert "i21 " in text
    assert "214]]" in text


def test_all_syllables_of_common_text_are_known() -> None:
    text = "北京的春天常常刮风，女儿穿着绿色的毛衣去学校，我们一会儿就来接她。"
    phones = [phone for run in read(text, "zh") for phone in run.phones]
    phones = [phone for phone in phones if phone not in PUNCTUATION]
    pairs = {(a, b[:-1]) for a, b in zip(phones[::2], phones[1::2], strict=True)}
    assert pairs <= set(mandarin_syllables())
    assert len(mandarin_syllables()) > 400


@pytest.mark.parametrize("phones", [("ga", "ga1"), ("b", "iu9"), ("b",)])
def test_it_refuses_what_is_no_syllable(phones: tuple[str, ...]) -> None:
    with pytest.raises(PhonesNotMapped):
        mandarin(phones)


def test_it_refuses_what_is_no_phone_of_english() -> None:
    with pytest.raises(PhonesNotMapped, match="Q is not a phone"):
        english(("Q",), ())
