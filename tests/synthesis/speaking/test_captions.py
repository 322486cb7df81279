"""Captions: formats, times, and where a long sentence is cut."""

import itertools
import json
from pathlib import Path

import numpy as np
import pytest

from synthesis.errors import EngineError
from synthesis.speaking.captions import cues, delayed, to_json, to_srt, to_vtt, write_captions
from synthesis.types import SentenceReport, Speech, Timing, WordTime


def report(text: str, words: list[str], *, start_ms: int = 0) -> SentenceReport:
    """A sentence each word of which takes 200 ms."""
    times = []
    place = 0
    for index, word in enumerate(words):
        place = text.index(word, place)
        begin = start_ms + 200 * index
        times.append(
            WordTime(
                text=word, start=place, end=place + len(word), start_ms=begin, end_ms=begin + 200
            )
        )
        place += len(word)
    return SentenceReport(
        text=text,
        phones=(),
        tokens=1,
        attempts=1,
        note="",
        end=len(text),
        start_ms=start_ms,
        end_ms=start_ms + 200 * len(words),
        words=tuple(times),
        timing=Timing.ATTENTION,
    )


def speech(*sentences: SentenceReport) -> Speech:
    return Speech(
        pcm=np.zeros(64_000, dtype=np.float32),
        sample_rate_hz=32_000,
        seed=1,
        pcm_sha256="",
        sentences=sentences,
    )


def test_srt_and_vtt_hold_the_text_and_its_times() -> None:
    late = report("A < B & C.", ["A", "B", "C"], start_ms=3_661_001)
    said = speech(report("您好。", list("您好")), late)
    assert to_srt(said) == (
        "1\n00:00:00,000 --> 00:00:00,400\n您好。\n\n2\n01:01:01,001 --> 01:01:01,601\nA < B & C.\n"
    )
    assert to_vtt(said) == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:00.400\n您好。\n\n"
        "01:01:01.001 --> 01:01:01.601\nA &lt; B &amp; C.\n"
    )


def test_a_long_sentence_is_cut_after_a_mark_and_loses_nothing() -> None:
    text = "这是前面的半句话说得相当长，" + "后面的半句话说得更长一些而且没有停顿" * 2
    found = cues([report(text, [char for char in text if char != "，"])], longest=48)
    assert "".join(cue.text for cue in found) == text
    assert found[0].text.endswith("，")
    assert all(a.end_ms == b.start_ms for a, b in itertools.pairwise(found))
    assert found[-1].end_ms == 200 * (len(text) - 1)


def test_a_sentence_without_word_times_is_one_cue() -> None:
    sentence = report("很长的句子" * 30, [])
    assert [cue.text for cue in cues([sentence])] == ["很长的句子" * 30]


def test_a_file_in_which_speech_begins_later_has_later_captions() -> None:
    said = delayed(speech(report("您好。", list("您好"))), 1500)
    assert "00:00:01,500 --> 00:00:01,900" in to_srt(said)
    assert said.sentences[0].words[1].start_ms == 1700


def test_json_holds_every_word() -> None:
    content = json.loads(to_json(speech(report("您好。", list("您好")))))
    assert content["duration_ms"] == 2000
    assert content["sentences"][0]["words"][1] == {
        "text": "好", "start": 1, "end": 2, "start_ms": 200, "end_ms": 400
    }  # fmt: skip


def test_the_suffix_chooses_the_format(tmp_path: Path) -> None:
    said = speech(report("您好。", list("您好")))
    write_captions(tmp_path / "a.VTT", said)
    assert (tmp_path / "a.VTT").read_text(encoding="utf-8").startswith("WEBVTT")
    with pytest.raises(EngineError, match="srt"):
        write_captions(tmp_path / "a.txt", said)
