"""The SSML subset: what it asks for, and what it refuses."""

import pytest

from synthesis.errors import EngineError
from synthesis.text import phonemize
from synthesis.text.plan import Close, Mark, Say, Silence, Unfollowed
from synthesis.text.ssml import plan


def test_a_document_becomes_steps_in_order() -> None:
    document = """
    <speak version="1.1" xmlns="http://www.w3.org/2001/10/synthesis" xml:lang="zh-CN">
      <p><s>验证码是<say-as interpret-as="digits">4471</say-as>。</s>
      <s>请<break time="800ms"/>稍候。</s></p>
      <prosody rate="slow" volume="+3dB">慢一点</prosody>
      <lang xml:lang="en">Call me</lang><sub alias="世界卫生组织">WHO</sub><mark name="end"/>
    </speak>"""
    assert plan(document, "auto") == [
        Say(text="验证码是四四七幺。", language="zh", close=Close.SENTENCE),
        Say(text="请", language="zh"),
        Silence(duration_ms=800),
        Say(text="稍候。", language="zh", close=Close.PARAGRAPH),
        Say(text="慢一点", language="zh", speed=0.8, volume_db=3.0),
        Say(text="Call me", language="en"),
        Say(text="世界卫生组织", language="zh"),
        Mark(name="end"),
    ]


def test_a_phoneme_element_prescribes_a_reading() -> None:
    document = '<speak><phoneme alphabet="pinyin" ph="zhong4 qing4">重庆</phoneme>很大</speak>'
    (step,) = plan(document, "zh")
    assert isinstance(step, Say)
    assert phonemize(step.text, step.language)[0].phones[:2] == ("zh", "ong4")


def test_every_character_keeps_its_place_in_the_document() -> None:
    document = (
        "<speak>&lt;好&gt;  <sub alias='世界卫生组织'>WHO</sub>"
        "<p>[EN]ok [pause:1s] 再见</p></speak>"
    )
    first, second, _, third = (step for step in plan(document, "zh"))
    assert isinstance(first, Say)
    assert isinstance(second, Say)
    assert isinstance(third, Say)
    assert first.text == "<好> 世界卫生组织"
    assert document[first.places[1]] == "好"
    assert document[first.places[4] : first.places[-1] + 1] == "WHO"
    assert [document[place] for place in second.places[-2:]] == ["o", "k"]
    # The language tag is repeated in front of what follows the pause.
    assert (third.text, [document[place] for place in third.places[-2:]]) == (
        "[EN]再见",
        ["再", "见"],
    )


def test_a_pitch_is_reported_and_its_words_are_spoken() -> None:
    steps = plan('<speak>\n<prosody pitch="high" rate="fast">好</prosody></speak>', "zh")
    assert steps == [
        Unfollowed(note="pitch='high' at line 2, column 1 has no effect."),
        Say(text="好", language="zh", speed=1.25),
    ]


def test_a_text_without_elements_is_planned_as_it_is() -> None:
    assert plan("a < b", "en") == [Say(text="a < b", language="en")]


@pytest.mark.parametrize(
    ("kind", "text", "language", "spoken"),
    [
        ("cardinal", "105", "zh", "一百零五"),
        ("ordinal", "3", "zh", "第三"),
        ("telephone", "110", "zh", "幺幺零"),
        ("ordinal", "21", "en", "twenty-first"),
        ("characters", "A1", "en", "A one"),
    ],
)
def test_say_as_reads_what_it_is_told(kind: str, text: str, language: str, spoken: str) -> None:
    document = f'<speak><say-as interpret-as="{kind}">{text}</say-as></speak>'
    assert plan(document, language) == [Say(text=spoken, language=language)]


@pytest.mark.parametrize(
    "document",
    [
        '<speak><audio src="x"/></speak>',
        '<speak><break time="1h"/></speak>',
        '<speak><break time="60s"/></speak>',
        "<speak><p>a</speak>",
        "<speak>&a;</speak>",
        '<!DOCTYPE speak [<!ENTITY a SYSTEM "file:///etc/passwd">]><speak>&a;</speak>',
        '<?xml version="1.0"?><?php x?><speak>a</speak>',
        '<speak><prosody colour="red">a</prosody></speak>',
        '<speak><sub alias="b"></sub></speak>',
        '<speak><prosody rate="300%"><prosody rate="300%">a</prosody></prosody></speak>',
        '<speak><prosody rate="9000%">a</prosody></speak>',
        '<speak><phoneme ph="xyz9">a</phoneme></speak>',
        '<speak xml:lang="fr">a</speak>',
        '<speak><say-as interpret-as="cardinal">abc</say-as></speak>',
        "<speak>" + "<p>" * 40 + "</p>" * 40 + "</speak>",
    ],
)
def test_what_is_not_in_the_subset_is_refused(document: str) -> None:
    with pytest.raises(EngineError) as refusal:
        plan(document, "zh")
    assert refusal.value.code == "bad_markup"


def test_an_error_names_line_and_column() -> None:
    with pytest.raises(EngineError) as refusal:
        plan("<speak>\n  <audio/></speak>", "zh")
    assert (refusal.value.data["line"], refusal.value.data["column"]) == (2, 3)
    assert refusal.value.message.startswith("Line 2, column 3: ")
