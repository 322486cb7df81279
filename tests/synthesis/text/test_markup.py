"""Readings, languages and pauses that a writer marks in a text."""

import pytest

from synthesis.errors import EngineError
from synthesis.text import phonemize
from synthesis.text.lexicon import Entry, Lexicon
from synthesis.text.plan import Say, Silence, plan_inline


def test_a_bracket_after_a_character_prescribes_its_reading() -> None:
    (run,) = phonemize("重(zhong4)庆路上有银行(yin2 xing2)。", "zh")
    assert run.normalized == "重庆路上有银行."
    assert run.phones[:2] == ("zh", "ong4")
    assert run.phones[-3:-1] == ("x", "ing2")
    assert run.word2ph is not None
    assert sum(run.word2ph) == len(run.phones)


def test_a_prescribed_tone_is_not_changed_by_its_neighbours() -> None:
    (run,) = phonemize("你(ni3)好吗朋友", "zh")
    assert run.phones[:2] == ("n", "i3")


def test_an_ordinary_bracket_stays_text() -> None:
    assert "五" in "".join(run.normalized for run in phonemize("价格(A5)不变", "zh"))


def test_a_language_tag_holds_until_the_next() -> None:
    runs = phonemize("[EN]Call 12 [ZH]拨12", "zh")
    assert [(run.language, run.normalized) for run in runs] == [
        ("en", "Call twelve"),
        ("zh", "拨十二"),
    ]


def test_phones_may_be_prescribed_in_arpabet() -> None:
    (run,) = phonemize("[arpabet:HH EH1 L OW0 W ER1 L D|hello]", "en")
    assert run.phones == ("HH", "EH1", "L", "OW0", "W", "ER1", "L", "D")


def test_pinyin_for_latin_text_brings_characters_for_the_feature_encoder() -> None:
    runs = phonemize("欢迎来到[pinyin:qing1 he2|Qinghe]商店", "zh")
    assert runs[1].language == "zh"
    assert runs[1].word2ph == (2, 2)
    assert len(runs[1].normalized) == 2


@pytest.mark.parametrize(
    "text", ["[pinyin:xyz9|字]", "[arpabet:QQ|x]", "[phones:zh:nothing|字]", "前[pause:99s]后"]
)
def test_markup_that_cannot_be_followed_is_refused(text: str) -> None:
    with pytest.raises(EngineError) as refusal:
        phonemize(text, "zh")
    assert refusal.value.code == "bad_markup"


def test_a_text_is_cut_at_its_pauses_and_keeps_its_language() -> None:
    assert plan_inline("[EN]one[pause:1.5s]two", "zh") == [
        Say(text="[EN]one", language="zh"),
        Silence(duration_ms=1500),
        Say(text="[EN]two", language="zh"),
    ]


@pytest.fixture
def lexicon() -> Lexicon:
    return Lexicon(
        (
            Entry(word="青禾", alphabet="pinyin", value="qing1 he4"),
            Entry(word="nginx", alphabet="alias", value="engine X"),
            Entry(word="Acme", alphabet="arpabet", value="AE1 K M IY1", case_sensitive=True),
            Entry(word="重庆路", alphabet="pinyin", value="zhong4 qing4 lu4"),
            Entry(word="重庆", alphabet="pinyin", value="chong2 qing4"),
        )
    )


def _spoken(text: str, lexicon: Lexicon) -> str:
    return " ".join(phone for run in phonemize(text, "zh", lexicon=lexicon) for phone in run.phones)


def test_the_lexicon_prescribes_readings(lexicon: Lexicon) -> None:
    assert "q ing1 h e4" in _spoken("欢迎光临青禾商店", lexicon)
    assert "AE1 K M IY1" in _spoken("我在Acme工作", lexicon)


def test_a_longer_entry_wins_over_a_shorter(lexicon: Lexicon) -> None:
    assert "zh ong4" in _spoken("他住在重庆路", lexicon)
    assert "ch ong2" in _spoken("他住在重庆", lexicon)


def test_an_entry_keeps_its_rules_of_case_and_boundary(lexicon: Lexicon) -> None:
    assert "IY1" not in _spoken("我在ACME工作", lexicon)
    assert "engine X" in phonemize("NGINX", "en", lexicon=lexicon)[0].normalized
    assert "engine" not in phonemize("nginxes are many", "en", lexicon=lexicon)[0].normalized


def test_a_voices_lexicon_comes_before_its_tenants(lexicon: Lexicon) -> None:
    voice = Lexicon((Entry(word="青禾", alphabet="pinyin", value="qin1 he2"),))
    assert "q in1 h e2" in _spoken("欢迎光临青禾商店", voice.over(lexicon))


def test_unspoken_characters_keep_their_offset_under_a_lexicon(lexicon: Lexicon) -> None:
    runs = phonemize("青禾😀青禾★好", "zh", lexicon=lexicon)
    assert runs[0].unspoken == ((2, "😀"), (5, "★"))


def test_a_lexicon_survives_its_exchange_format(lexicon: Lexicon) -> None:
    assert Lexicon.from_pls(lexicon.to_pls()) == lexicon


def test_an_entry_with_too_few_syllables_is_refused() -> None:
    with pytest.raises(EngineError, match="as many syllables"):
        Entry(word="重庆", alphabet="pinyin", value="chong2")


@pytest.mark.parametrize(
    ("document", "line"),
    [
        ("<lexicon>\n<lexeme/></lexicon>", 2),
        ('<!DOCTYPE x [<!ENTITY a "b">]>\n<lexicon/>', 1),
        ("<lexicon>", 1),
        ("<speak/>", 1),
    ],
)
def test_an_unsound_lexicon_document_is_refused_with_its_line(document: str, line: int) -> None:
    with pytest.raises(EngineError) as refusal:
        Lexicon.from_pls(document)
    assert refusal.value.data["line"] == line
