"""From what was written to what is performed: sentences, pauses, marks, and what cannot be said."""

import pytest

from synthesis.errors import EngineError, UnspeakableText
from synthesis.front_end import FrontEnd
from synthesis.speaking.script import Line, Script, pause_after, read_script
from synthesis.text import Cuts, Entry, Lexicon
from synthesis.text.plan import Close, Mark, Silence
from synthesis.types import Pauses, Utterance

FRONT = FrontEnd(version="v2", bert_width=4, uses_bert=False)
LONG = "这是一个说得相当长的句子。"


def script(text: str, **how: object) -> Script:
    return read_script(FRONT, Utterance(text=text, language="zh", **how))  # type: ignore[arg-type]


def shape(script: Script) -> list[str | int]:
    return [
        step.text if isinstance(step, Line) else getattr(step, "duration_ms", "mark")
        for step in script.steps
    ]


def test_pauses_stand_between_sentences_by_their_marks() -> None:
    text = f"{LONG}{LONG[:-1]}……\n{LONG}"
    assert shape(script(text)) == [LONG, 300, f"{LONG[:-1]}……", 450, LONG]
    assert shape(script(text, pauses=Pauses(sentence_ms=100, scale=2.0)))[1] == 200


@pytest.mark.parametrize(
    ("end", "gap", "close", "expected_ms"),
    [
        ("好，", "", Close.NOTHING, 180),
        ("好。”", " ", Close.NOTHING, 300),
        ("好", "", Close.NOTHING, 0),
        ("好", "", Close.SENTENCE, 300),
        ("好，", "\n", Close.NOTHING, 400),
        ("好。", "\n\n", Close.NOTHING, 700),
        ("好。", "", Close.PARAGRAPH, 700),
    ],
)
def test_a_pause_is_as_long_as_what_ends(
    end: str, gap: str, close: Close, expected_ms: int
) -> None:
    assert pause_after(end, gap, close, Pauses()) == expected_ms


def test_a_written_pause_replaces_the_one_of_the_mark() -> None:
    steps = script(f'<speak>{LONG}<break time="1s"/><mark name="m"/>{LONG}</speak>').steps
    assert [type(step) for step in steps] == [Line, Silence, Mark, Line]
    assert steps[1] == Silence(duration_ms=1000)


def test_a_mark_between_sentences_is_reached_after_the_pause() -> None:
    steps = script(f'<speak><s>{LONG}</s><mark name="m"/><s>{LONG}</s></speak>').steps
    assert [type(step) for step in steps] == [Line, Silence, Mark, Line]


def test_manner_and_lexicon_reach_the_words() -> None:
    lexicon = Lexicon((Entry(word="青禾", alphabet="pinyin", value="qing1 he4"),))
    [line] = script(
        '<speak><prosody rate="150%" volume="+3dB">欢迎来到青禾。</prosody></speak>',
        lexicon=lexicon,
    ).lines
    assert (line.speed, line.volume_db) == (1.5, 3.0)
    assert line.read.phones[-3:-1] == ("h", "e4")


def test_a_language_holds_beyond_its_sentence_and_markup_is_never_cut() -> None:
    text = "[EN]This is the first sentence, a long one. [alias:No. 5, yes.|No5] is the second one."
    lines = read_script(FRONT, Utterance(text=text, language="zh")).lines
    assert [line.read.runs[0].language for line in lines] == ["en", "en"]
    assert lines[1].text == "[alias:No. 5, yes.|No5] is the second one."
    # The tag is read in front of both; every other character is where it was written.
    for line in lines:
        assert "".join(text[place] for place in line.places).endswith(line.text)


def test_cuts_are_settings() -> None:
    text = "，".join([LONG[:-1]] * 4) + "。"
    assert len(script(text).lines) < len(
        script(text, cuts=Cuts(soft_maximum=20, hard_minimum=4)).lines
    )
    with pytest.raises(EngineError, match="hard_minimum"):
        Cuts(soft_maximum=10, hard_minimum=20)


def test_what_cannot_be_spoken_is_told_with_its_place_and_the_rest_is_said() -> None:
    text = f"{LONG}😀[pause:100ms]ༀ།ༀ།[pause:100ms]{LONG}"
    found = script(text)
    assert len(found.lines) == 2
    assert found.unspoken == ((13, "😀"), (text.index("ༀ"), "ༀ།ༀ།"))


def test_a_text_without_anything_to_say_is_refused() -> None:
    with pytest.raises(UnspeakableText):
        script("……[pause:1s]！！")


def test_a_pitch_is_told_of() -> None:
    assert "pitch" in script(f'<speak><prosody pitch="high">{LONG}</prosody></speak>').notes[0]


def test_compat_takes_markup_for_text() -> None:
    [line] = script("你好[pause:1s]你好啊朋友", profile="compat").lines
    assert line.text == "你好[pause:1s]你好啊朋友"
