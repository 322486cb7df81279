"""The audible cue: its rhythm measured from the samples."""

from __future__ import annotations

from itertools import groupby

import numpy as np
import pytest

from voiceassets.provenance.cue import PAUSE_MS, UNIT_MS, cue, with_cue


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
    marked_s = with_cue(speech_s, sample_rate_hz=32_000)
    assert marked_s.dtype == np.int16
    assert np.array_equal(marked_s[-1000:], speech_s)
    pause = 32 * PAUSE_MS
    assert not marked_s[-1000 - pause : -1000].any()
    assert np.array_equal(marked_s[: -1000 - pause], cue(32_000))
