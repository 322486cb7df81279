"""The audible cue: its rhythm measured from the samples."""

from __future__ import annotations

from itertools import groupby

import numpy as np
import pytest

from voiceassets.provenance.cue import (
    PAUSE_MS,
    UNIT_MS,
    AudibleLabel,
    Cue,
    Place,
    cue,
    hear,
)
from voiceassets.provenance.spoken_cues import TEXTS, language_of


def rhythm(sample_rate_hz: int) -> list[tuple[bool, int]]:
    """Whether it sounds, and for how many units, in turn."""
    loud = np.abs(cue(sample_rate_hz).astype(int)) > 100
    window = sample_rate_hz // 200
    frames = loud[: len(loud) // window * window].reshape(-1, window).any(axis=1)
    unit = sample_rate_hz * UNIT_MS / 1000 / window
    return [(bool(on), round(len(list(run)) / unit)) for on, run in groupby(frames)]


@pytest.mark.parametrize("rate_hz", [16_000, 32_000, 48_000])
def test_it_is_short_long_then_short_short(rate_hz: int) -> None:
    on, off = True, False
    assert rhythm(rate_hz) == [(on, 1), (off, 1), (on, 3), (off, 3), (on, 1), (off, 1), (on, 1)]


def test_it_is_audible_but_neither_loud_nor_clicking() -> None:
    samples_s = cue(32_000).astype(float) / 32_768
    assert 0.05 < np.abs(samples_s).max() < 0.15
    assert np.abs(np.diff(samples_s)).max() < 0.02
    assert samples_s[0] == samples_s[-1] == 0


def test_the_speech_follows_unchanged_after_a_pause() -> None:
    speech_s = np.arange(-500, 500, dtype=np.int16)
    marked_s, where = AudibleLabel().put_into(speech_s, 32_000)
    assert marked_s.dtype == np.int16
    assert np.array_equal(marked_s[-1000:], speech_s)
    pause = 32 * PAUSE_MS
    assert not marked_s[-1000 - pause : -1000].any()
    assert np.array_equal(marked_s[: -1000 - pause], cue(32_000))
    assert (where.at, where.samples) == (0, len(marked_s) - 1000)


@pytest.mark.parametrize("place", list(Place))
@pytest.mark.parametrize("language", TEXTS)
def test_words_are_heard_wherever_they_are(place: Place, language: str) -> None:
    rate_hz = 16_000
    noise = np.random.default_rng(0).normal(0, 1500, 6 * rate_hz)
    noise[40_000:44_000] = 0  # a pause in the middle third
    speech_s = noise.astype(np.int16)
    label = AudibleLabel(cue=Cue.SPEECH, place=place, language=language)
    marked_s, where = label.put_into(speech_s, rate_hz)
    rest_s = np.concatenate([marked_s[: where.at], marked_s[where.at + where.samples :]])
    assert np.array_equal(rest_s, speech_s)
    assert place is not Place.MIDDLE or 40_000 < where.at < 44_000
    found = hear(marked_s.astype(np.float32) / 32_768, sample_rate_hz=rate_hz)
    assert found is not None
    assert (found.cue, found.language) == (Cue.SPEECH, language)
    lead = 0 if place is Place.START else rate_hz * PAUSE_MS // 1000
    assert abs(found.at_ms - (where.at + lead) * 1000 // rate_hz) <= 1


def test_the_words_are_in_the_language_of_the_text() -> None:
    assert language_of("yue", "你好") == "yue"
    said = {"你好 world": "zh", "こんにちは、世界": "ja", "안녕하세요": "ko", "Hello": "en"}
    assert {text: language_of("auto", text) for text in said} == said
