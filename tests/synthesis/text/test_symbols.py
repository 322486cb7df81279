"""The inventories that checkpoints index into."""

import pytest

from synthesis.text.pinyin_phones import split_syllable, syllable_phones
from synthesis.text.symbols import SYMBOLS_V1, SYMBOLS_V2, ids_of
from synthesis.text.yue import syllable_phones as jyutping_phones


def test_the_inventories_have_the_sizes_of_the_checkpoints_tables() -> None:
    assert (len(SYMBOLS_V1), len(SYMBOLS_V2)) == (322, 732)
    assert SYMBOLS_V2[:322] == SYMBOLS_V1
    assert len(set(SYMBOLS_V2)) == 732


@pytest.mark.parametrize(
    ("symbol", "number"),
    [
        ("!", 0),
        (",", 1),
        (".", 3),
        ("SP2", 78),
        ("UNK", 86),
        ("_", 95),
        ("…", 321),
        ("[", 322),
        ("停", 351),
        ("空", 352),
        ("Yzh", 86),
    ],
)
def test_symbols_have_the_ids_that_checkpoints_know(symbol: str, number: int) -> None:
    assert ids_of((symbol,), "v2") == (number,)


def test_v1_reads_a_pitch_mark_as_unknown() -> None:
    assert ids_of(("[",), "v1") == ids_of(("UNK",), "v1")


@pytest.mark.parametrize(
    ("pinyin", "phones"),
    [
        ("yan2", ("y", "En2")),
        ("ye3", ("y", "E3")),
        ("xue2", ("x", "ve2")),
        ("zhi1", ("zh", "ir1")),
        ("zi4", ("z", "i04")),
        ("gui4", ("g", "ui4")),
        ("wen2", ("w", "en2")),
        ("er5", ("EE", "er5")),
        ("a1", ("AA", "a1")),
        ("yuan2", ("y", "van2")),
        ("lv4", ("l", "v4")),
    ],
)
def test_plain_pinyin_becomes_the_phones_of_the_inventory(
    pinyin: str, phones: tuple[str, str]
) -> None:
    initial, final = split_syllable(pinyin)
    assert syllable_phones(initial, final[:-1], final[-1]) == phones


@pytest.mark.parametrize("pinyin", ["", "zi", "zi6", "bvng1", "hello1"])
def test_what_is_not_a_syllable_is_refused(pinyin: str) -> None:
    with pytest.raises(ValueError, match="syllable"):
        split_syllable(pinyin)


@pytest.mark.parametrize(
    ("jyutping", "phones"),
    [
        ("hoeng1", ("Yh", "Yoeng1")),
        ("aa3", ("Yaa", "Ya3")),
        ("ng5", ("Yng", "Yg5")),
        ("uk1", ("Yuk", "Yk1")),
        ("gwok3", ("Ygw", "Yok3")),
        ("ngo5", ("Yng", "Yo5")),
    ],
)
def test_cantonese_syllables_are_cut_as_checkpoints_learnt_them(
    jyutping: str, phones: tuple[str, str]
) -> None:
    assert jyutping_phones(jyutping) == phones
