"""Slices of 2-10 s with clean edges, and a reason for everything that is not in one."""

from itertools import pairwise

import numpy as np
import pytest

from tests.training.prepare.conftest import Analyser, Prepared
from training.prepare.align import align_lines
from training.prepare.analysis import Analysis
from training.prepare.decode import SAMPLE_RATE_HZ
from training.prepare.pieces import DropReason, Slicing
from training.prepare.slice import slice_by_pauses
from training.prepare.slice_by_text import slice_by_cues
from training.prepare.transcribe import Cue, Line

PER_MS = SAMPLE_RATE_HZ // 1_000


def require_whole(slicing: Slicing, analysis: Analysis) -> None:
    """Pieces and drops cover the recording exactly once."""
    places = [(piece.start_ms, piece.end_ms) for piece in slicing.pieces]
    places = sorted(places + [(drop.start_ms, drop.end_ms) for drop in slicing.dropped])
    assert places[0][0] == 0
    assert places[-1][1] == analysis.duration_ms
    assert all(before[1] == after[0] for before, after in pairwise(places))


def power_around(analysis: Analysis, at_ms: int) -> float:
    return float(analysis.power_w[max(0, at_ms // 10 - 1) : at_ms // 10 + 2].mean())


def test_slices_keep_their_length_and_all_the_speech(speaker: Prepared) -> None:
    slicing = slice_by_pauses(speaker.analysis)

    require_whole(slicing, speaker.analysis)
    assert all(2_000 <= piece.duration_ms <= 10_000 for piece in slicing.pieces)
    assert {drop.reason for drop in slicing.dropped} == {DropReason.SILENCE}


def test_slices_begin_and_end_in_silence(speaker: Prepared) -> None:
    loud = float(np.quantile(speaker.analysis.power_w, 0.9))

    for piece in slice_by_pauses(speaker.analysis).pieces:
        assert power_around(speaker.analysis, piece.start_ms) < loud / 1_000
        assert power_around(speaker.analysis, piece.end_ms) < loud / 1_000


def test_speech_without_a_pause_is_cut_where_it_is_quietest(
    speaker: Prepared, analysed: Analyser
) -> None:
    spoken = [
        speaker.samples[region.start_ms * PER_MS : region.end_ms * PER_MS]
        for region in speaker.analysis.speech
    ]
    analysis = analysed(np.concatenate(spoken)[: 40 * SAMPLE_RATE_HZ])
    assert max(region.duration_ms for region in analysis.speech) > 10_000

    slicing = slice_by_pauses(analysis)

    require_whole(slicing, analysis)
    assert all(2_000 <= piece.duration_ms <= 10_000 for piece in slicing.pieces)
    usual = float(np.median(analysis.power_w))
    inner = [piece.end_ms for piece in slicing.pieces[:-1]]
    assert all(power_around(analysis, cut_ms) < usual / 10 for cut_ms in inner)


def test_a_lone_short_word_is_dropped_with_its_reason(
    speaker: Prepared, analysed: Analyser
) -> None:
    word = speaker.samples[500 * PER_MS : 1_400 * PER_MS]
    silence = np.random.default_rng(1).standard_normal(64_000).astype("f4") * 1e-4

    analysis = analysed(np.concatenate([silence, word, silence]))
    slicing = slice_by_pauses(analysis)

    require_whole(slicing, analysis)
    assert slicing.pieces == ()
    assert DropReason.TOO_SHORT in {drop.reason for drop in slicing.dropped}


def test_silence_alone_is_one_drop(analysed: Analyser) -> None:
    (drop,) = slice_by_pauses(analysed(np.zeros(64_000))).dropped

    assert (drop.start_ms, drop.end_ms, drop.reason) == (0, 2_000, DropReason.SILENCE)


def test_subtitles_off_by_a_fifth_of_a_second_still_give_whole_sentences(
    speaker: Prepared,
) -> None:
    exact = [(500, 4_830), (5_585, 8_952), (9_882, 14_310)]
    cues = tuple(
        Cue(start_ms=start + shift, end_ms=end + shift, text="这里是客户服务中心请您稍等")
        for (start, end), shift in zip(exact, (200, -200, 150), strict=True)
    )

    slicing = slice_by_cues(speaker.analysis, cues)

    require_whole(slicing, speaker.analysis)
    for piece, (start, end) in zip(slicing.pieces, exact, strict=True):
        assert start - 250 < piece.start_ms <= start
        assert end <= piece.end_ms < end + 300
    assert DropReason.NO_TEXT in {drop.reason for drop in slicing.dropped}


def test_short_sentences_join_their_neighbour(speaker: Prepared) -> None:
    cues = (
        Cue(start_ms=500, end_ms=1_050, text="您好，"),
        Cue(start_ms=1_200, end_ms=4_900, text="这里是客户服务中心很高兴"),
    )

    (piece,) = slice_by_cues(speaker.analysis, cues).pieces

    assert piece.text == "您好，这里是客户服务中心很高兴"
    assert piece.start_ms < 500
    assert piece.end_ms > 4_830


@pytest.mark.parametrize(
    ("cue", "reason"),
    [
        (Cue(start_ms=9_050, end_ms=9_650, text="在停顿里"), DropReason.NO_SPEECH),
        (Cue(start_ms=90_000, end_ms=92_000, text="在结束以后"), DropReason.NO_SPEECH),
        (Cue(start_ms=500, end_ms=18_500, text="太长的一句话" * 8), DropReason.TOO_LONG),
        (Cue(start_ms=34_836, end_ms=35_900, text="太短"), DropReason.TOO_SHORT),
        (Cue(start_ms=500, end_ms=4_830, text="说得太快" * 30), DropReason.TEXT_MISMATCH),
    ],
    ids=["in a pause", "after the end", "too long", "too short", "too much text"],
)
def test_a_sentence_that_does_not_fit_is_dropped_with_its_reason(
    speaker: Prepared, cue: Cue, reason: DropReason
) -> None:
    slicing = slice_by_cues(speaker.analysis, (cue,))

    assert slicing.pieces == ()
    assert reason in {drop.reason for drop in slicing.dropped}


def test_lines_without_times_find_their_sentences(speaker: Prepared) -> None:
    lines = tuple(Line(text="这里有一些字", language="zh") for _ in range(16))

    cues = align_lines(lines, speaker.analysis.speech)

    assert [cue.start_ms for cue in cues[:3]] == pytest.approx([500, 5_585, 9_882], abs=100)
    assert len(slice_by_cues(speaker.analysis, cues).pieces) == 16
