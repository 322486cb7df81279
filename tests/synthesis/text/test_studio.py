"""Promises of the studio profile beyond its table of readings."""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthesis.errors import EngineError, UnspeakableText
from synthesis.text import TextRun, phonemize, warm_up
from synthesis.text.phonemizer import Profile
from tests.frontend.hostile import LONGEST_ANSWER_S, answer, hostile_texts


@pytest.fixture(scope="module", autouse=True)
def _dictionaries() -> None:
    warm_up(("zh", "en", "ja", "ko", "yue"))
    phonemize("预热", "auto", profile="compat")


def _phones(text: str, language: str) -> list[str]:
    return [phone for run in phonemize(text, language) for phone in run.phones]


def test_a_short_text_is_led_by_a_phone_and_keeps_its_value() -> None:
    (run,) = phonemize("5元", "zh")
    assert run.phones == (".", "w", "u3", "y", "van2")
    assert run.normalized == ".五元"
    assert run.word2ph == (1, 2, 2)


def test_what_cannot_be_spoken_is_reported_with_its_place() -> None:
    (run,) = phonemize("您好😊，合计★5元", "zh")
    assert run.unspoken == ((2, "😊"), (6, "★"))


def test_a_script_without_a_voice_is_reported_whole() -> None:
    runs = phonemize("他说Привет然后走了", "zh")
    assert runs[0].unspoken == ((2, "Привет"),)


def test_a_rare_character_is_read_by_a_homophone() -> None:
    (run,) = phonemize("〇和㙓都会读", "zh")
    assert run.unspoken == ()
    assert "〇" not in run.normalized
    assert len(run.normalized) == 6


def test_digits_of_other_scripts_are_read() -> None:
    assert "".join(run.normalized for run in phonemize("共१२३个人来", "zh")) == "共一百二十三个人来"


@pytest.mark.parametrize("text", ["", "   ", "！？。", "😀😀", "\u202e", "Привет"])
def test_a_text_with_nothing_to_say_is_refused(text: str) -> None:
    with pytest.raises(UnspeakableText):
        phonemize(text, "auto")


def test_a_text_over_the_limit_is_refused_with_its_length() -> None:
    with pytest.raises(UnspeakableText) as refusal:
        phonemize("一" * 1001, "zh")
    assert refusal.value.code == "text_too_long"
    assert refusal.value.data["characters"] == 1001


def test_a_numbers_language_is_that_of_its_clause() -> None:
    runs = phonemize("Hello, your total is $5.99. 谢谢惠顾！", "auto")
    assert [run.language for run in runs] == ["en", "zh"]
    assert "five dollars" in runs[0].normalized


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("这是中文。", "zh"),
        ("今天是个好日子。", "zh"),
        ("This is English.", "en"),
        ("今日は良い天気ですね。", "ja"),
        ("오늘은 좋은 날씨예요.", "ko"),
    ],
)
def test_automatic_mode_finds_the_language(text: str, language: str) -> None:
    assert [run.language for run in phonemize(text, "auto")] == [language]


def test_every_run_says_what_gave_it_its_language() -> None:
    runs = phonemize("我在[arpabet:AE1 K M IY0|Acme]用Python", "zh")
    assert [run.why for run in runs] == [
        "language of the request",
        "prescribed by markup or lexicon",
        "language of the request",
        "script of the words",
    ]


@pytest.mark.parametrize(
    ("sentence", "phones"),
    [
        ("Please record this call.", "R IH0 K AO1 R D"),
        ("The record is broken.", "R EH1 K ER0 D"),
        ("You can use it.", "Y UW1 Z"),
        ("Your use of it.", "Y UW1 S"),
        ("Please close the door.", "K L OW1 Z"),
        ("Stay close to me.", "K L OW1 S"),
        ("She uses it daily.", "Y UW1 Z"),
        ("Your refund is ready.", "R IY1 F AH2 N D"),
        ("We refund you.", "R IH0 F AH1 N D"),
        ("He read the letter.", "R EH1 D"),
        ("They read books.", "R IY1 D"),
    ],
)
def test_neighbours_decide_between_noun_and_verb(sentence: str, phones: str) -> None:
    assert phones in " ".join(_phones(sentence, "en"))


def test_the_context_decides_the_reading_of_a_heteronym() -> None:
    past, present = _phones("I read it yesterday.", "en"), _phones("Please read it now.", "en")
    assert ("R", "EH1", "D") in zip(past, past[1:], past[2:], strict=False)
    assert ("R", "IY1", "D") in zip(present, present[1:], present[2:], strict=False)


def test_mandarin_keeps_one_count_of_phones_per_character() -> None:
    for run in phonemize("第2版《说明书》：不一会儿，3个人就走了。", "zh"):
        assert run.word2ph is not None
        assert len(run.word2ph) == len(run.normalized)
        assert sum(run.word2ph) == len(run.phones)


@pytest.mark.parametrize(
    ("mode", "text", "spoken"),
    [
        ("ko", "전화번호는 010-1234-5678입니다.", "공일공"),
        ("ko", "커피 2잔 주세요.", "두 잔"),
        ("ja", "バージョン2.5を公開しました。", "テンゴ"),
        ("ko", "기온은 -3.5°C입니다.", "영하 삼 점 오도"),
        ("ja", "メールはinfo@example.comへ。", "アットマーク"),
        ("yue", "唔該，我要2個菠蘿包，共$5。", "两个菠萝包,共五美元"),
        ("zh", "您的訂單號是12345678，共2個。", "幺二三四五六七八,共两个"),
    ],
)
def test_other_languages_read_their_numbers(mode: str, text: str, spoken: str) -> None:
    assert spoken in "".join(run.normalized for run in phonemize(text, mode))


@pytest.mark.parametrize(
    ("text", "heard"),
    [("这个价格は500円です。", "zh e4 g e5 j ia4"), ("髙橋さん、山﨑さん", "t a k a h a sh i")],
)
def test_no_ideograph_in_japanese_is_passed_over(text: str, heard: str) -> None:
    phones = " ".join(phone for run in phonemize(text, "ja") for phone in run.phones)
    assert heard in phones.replace("[ ", "").replace("] ", "").replace("UNK ", "")


def _assert_sound(runs: tuple[TextRun, ...]) -> None:
    for run in runs:
        assert len(run.phones) == len(run.ids)
        assert all(0 <= number < 732 for number in run.ids)


@given(st.text(max_size=40))
@settings(max_examples=150, deadline=None)
def test_any_text_is_answered_by_phones_or_by_a_clear_error(text: str) -> None:
    profiles: tuple[Profile, ...] = ("studio", "compat")
    for profile in profiles:
        with contextlib.suppress(EngineError):
            _assert_sound(phonemize(text, "zh", profile=profile))


@pytest.mark.parametrize("profile", ["studio", "compat"])
@pytest.mark.parametrize("mode", ["zh", "en", "ja", "ko", "yue", "auto"])
def test_hostile_texts_are_answered_in_time(mode: str, profile: Profile) -> None:
    for text in hostile_texts(40, seed=len(mode + profile)):
        _, seconds = answer(text, mode, profile)
        assert seconds < LONGEST_ANSWER_S, text[:40]
