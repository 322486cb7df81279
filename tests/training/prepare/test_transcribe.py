"""Reading transcripts strictly: what is understood, and which line is blamed for what is not."""

import pytest

from tests.training.prepare.sounds import DATA
from training.prepare.transcribe import (
    Cue,
    Line,
    Transcript,
    TranscriptError,
    TranscriptFormat,
    parse_transcript,
)

SRT = """1
00:00:01,000 --> 00:00:03,500
<i>你好，</i>
世界。

2
00:01:02,003 --> 00:01:04,000
Hi
"""


def parse(text: str, kind: TranscriptFormat, name: str = "a.wav") -> Transcript:
    return parse_transcript(text.encode(), kind, recording_name=name)


def refusal(text: str, kind: TranscriptFormat, name: str = "a.wav") -> TranscriptError:
    with pytest.raises(TranscriptError) as refused:
        parse(text, kind, name)
    return refused.value


def test_it_reads_subtitles() -> None:
    assert parse(SRT, TranscriptFormat.SRT).cues == (
        Cue(start_ms=1_000, end_ms=3_500, text="你好， 世界。"),
        Cue(start_ms=62_003, end_ms=64_000, text="Hi"),
    )


def test_it_reads_the_lines_of_a_list_that_name_the_recording() -> None:
    content = "other/b.wav|x|ZH|别的\nclips/a.wav|x|JP|はい\nclips/a.wav|x|en|Yes.\n"

    assert parse(content, TranscriptFormat.LIST).lines == (
        Line(text="はい", language="ja"),
        Line(text="Yes.", language="en"),
    )


def test_it_reads_a_timed_table_with_seconds_or_clocks() -> None:
    content = 'start,end,text,language\n0.5,2,"Yes, no.",EN\n00:02.250,0:00:04,好的,\n'

    assert parse(content, TranscriptFormat.CSV).cues == (
        Cue(start_ms=500, end_ms=2_000, text="Yes, no.", language="en"),
        Cue(start_ms=2_250, end_ms=4_000, text="好的"),
    )


def test_it_reads_a_table_by_file() -> None:
    content = "file,text\nb.wav,No\nC:\\clips\\a.wav,Yes\n"

    assert parse(content, TranscriptFormat.CSV).lines == (Line(text="Yes"),)


def test_it_reads_plain_text_by_line() -> None:
    lines = parse("\ufeff第一句。\r\n\r\nSecond  one.\n", TranscriptFormat.TEXT).lines

    assert lines == (Line(text="第一句。"), Line(text="Second one."))


def test_the_samples_of_this_project_are_understood() -> None:
    cues = parse((DATA / "speaker_60s.srt").read_text(), TranscriptFormat.SRT).cues
    listed = parse(
        (DATA / "speaker_60s.list").read_text(), TranscriptFormat.LIST, "speaker_60s.flac"
    )

    assert [cue.text for cue in cues] == [line.text for line in listed.lines]
    assert {line.language for line in listed.lines} == {"zh", "en"}


@pytest.mark.parametrize(
    ("content", "kind", "line_number"),
    [
        ("a.wav|x|ZH", TranscriptFormat.LIST, 1),
        ("a.wav|x|ZH|好\na.wav|x|XX|好", TranscriptFormat.LIST, 2),
        ("a.wav|x|ZH|……", TranscriptFormat.LIST, 1),
        ("hello", TranscriptFormat.SRT, 1),
        ("1\n00:00:01 --> 00:00:02\nHi", TranscriptFormat.SRT, 2),
        ("1\n00:00:02,000 --> 00:00:01,000\nHi", TranscriptFormat.SRT, 2),
        (SRT + "\n3\n00:01:03,000 --> 00:01:05,000\nHi", TranscriptFormat.SRT, 11),
        ("when,what\n1,2", TranscriptFormat.CSV, 1),
        ("start,end,text\n0,1,Yes\n1,2,a,b", TranscriptFormat.CSV, 3),
        ("start,end,text\n0,soon,Yes", TranscriptFormat.CSV, 2),
        ('file,text\na.wav,"Yes', TranscriptFormat.CSV, 2),
        ("fine\nbell\x07", TranscriptFormat.TEXT, 2),
        ("fine\n---", TranscriptFormat.TEXT, 2),
    ],
)
def test_it_names_the_line_that_is_wrong(
    content: str, kind: TranscriptFormat, line_number: int
) -> None:
    error = refusal(content, kind)

    assert error.line_number == line_number
    assert error.message.startswith(f"Line {line_number}: ")


def test_it_refuses_bytes_that_are_not_utf_8() -> None:
    with pytest.raises(TranscriptError, match="Line 2: this is not UTF-8"):
        parse_transcript("好\n好".encode() + b"\xff", TranscriptFormat.TEXT, recording_name="a.wav")


@pytest.mark.parametrize("kind", list(TranscriptFormat))
def test_it_refuses_an_empty_transcript(kind: TranscriptFormat) -> None:
    refusal("\n", kind)


def test_it_refuses_to_guess_between_equal_file_names() -> None:
    content = "one/a.wav|x|ZH|好\ntwo/a.wav|x|ZH|坏\n"

    assert "same file name" in refusal(content, TranscriptFormat.LIST).message
    assert parse(content, TranscriptFormat.LIST, "two/a.wav").lines[0].text == "坏"
