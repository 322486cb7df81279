"""Placing lines without times along pauses, or refusing to."""

import pytest

from training.prepare.align import CannotAlign, align_lines
from training.prepare.regions import Region
from training.prepare.transcribe import Line


def regions(*edges_ms: int) -> tuple[Region, ...]:
    return tuple(
        Region(start_ms=start, end_ms=end)
        for start, end in zip(edges_ms[::2], edges_ms[1::2], strict=True)
    )


FIRST, SECOND = Line(text="今天天气很好", language="zh"), Line(text="我们出去走走")


def test_the_longest_pauses_divide_the_sentences() -> None:
    cues = align_lines((FIRST, SECOND), regions(100, 700, 800, 1_500, 2_100, 3_500))

    assert [(cue.start_ms, cue.end_ms, cue.text, cue.language) for cue in cues] == [
        (100, 1_500, "今天天气很好", "zh"),
        (2_100, 3_500, "我们出去走走", None),
    ]


def test_one_line_takes_the_whole_recording() -> None:
    (cue,) = align_lines((FIRST,), regions(100, 700, 1_800, 2_500))

    assert (cue.start_ms, cue.end_ms) == (100, 2_500)


def test_a_paragraph_divides_into_sentences_where_they_fit_the_pauses() -> None:
    paragraph = Line(text="今天天气很好。我们出去走走。")

    fitting = align_lines((paragraph,), regions(100, 1_500, 2_100, 3_500))
    without_a_pause = align_lines((paragraph,), regions(100, 3_500))

    assert [cue.text for cue in fitting] == ["今天天气很好。", "我们出去走走。"]
    assert [cue.text for cue in without_a_pause] == ["今天天气很好。我们出去走走。"]


def test_it_refuses_more_lines_than_pieces_of_speech() -> None:
    with pytest.raises(CannotAlign, match="2 lines, but only 1 pieces"):
        align_lines((FIRST, SECOND), regions(0, 3_000))


def test_it_refuses_when_a_pause_inside_is_as_long_as_one_between() -> None:
    with pytest.raises(CannotAlign, match="do not show where"):
        align_lines((FIRST, SECOND), regions(0, 1_000, 1_500, 2_500, 3_000, 4_000))


def test_it_refuses_when_a_line_does_not_fit_its_piece() -> None:
    long = Line(text="这一句话比另外两句话都要长得多得多")

    with pytest.raises(CannotAlign, match="Line 2 does not fit"):
        align_lines((FIRST, long, SECOND), regions(0, 1_500, 2_000, 3_500, 4_000, 5_500))
