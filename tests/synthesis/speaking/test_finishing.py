"""The sound after the voice: even loudness, bounded peaks, no long silence, any sample rate."""

import numpy as np
import pytest

from synthesis.speaking.finishing import (
    Leveller,
    LineFinish,
    Outlet,
    limited,
    loudness_lufs,
    true_peak,
)
from synthesis.speaking.silence import moved
from synthesis.types import Finish, Pcm
from tests.synthesis.conftest import hum

RATE_HZ = 32_000


def silence(seconds: float) -> Pcm:
    return np.zeros(int(seconds * RATE_HZ), dtype=np.float32)


def finished(
    *sounds: Pcm, finish: Finish | None = None, volume_db: float = 0.0
) -> tuple[list[Pcm], list[LineFinish]]:
    finish = finish or Finish()
    leveller = Leveller(finish.loudness_lufs)
    lines = [
        LineFinish(finish=finish, sample_rate_hz=RATE_HZ, leveller=leveller, volume_db=volume_db)
        for _ in sounds
    ]
    return [line.add(pcm, last=True) for line, pcm in zip(lines, sounds, strict=True)], lines


@pytest.mark.parametrize("gain", [0.15, 0.5, 2.0])
def test_a_sentence_meets_the_target_however_loud_the_voice_was(gain: float) -> None:
    ((pcm,), _) = finished(gain * hum(2.0))
    assert loudness_lufs(pcm, RATE_HZ) == pytest.approx(-18.0, abs=0.5)


def test_the_gain_moves_slowly_from_sentence_to_sentence() -> None:
    loud, soft = hum(2.0), 0.1 * hum(2.0)
    (first, second), _ = finished(loud, soft)
    before = 20 * np.log10(np.abs(soft).max() / np.abs(loud).max())
    after = 20 * np.log10(np.abs(second).max() / np.abs(first).max())
    assert after - before == pytest.approx(1.5, abs=0.2)


def test_no_target_leaves_the_level_as_it_is_and_volume_changes_it() -> None:
    quiet = 0.1 * hum(1.0)
    ((same,), _) = finished(quiet, finish=Finish(loudness_lufs=None, trim=False))
    ((softer,), _) = finished(
        quiet, finish=Finish(loudness_lufs=None, trim=False, volume_db=-3.0), volume_db=-3.0
    )
    middle = slice(1000, -1000)
    np.testing.assert_array_equal(same[middle], quiet[middle])
    np.testing.assert_allclose(softer[middle], quiet[middle] * 10 ** (-6 / 20), rtol=1e-5)


def test_peaks_between_samples_stay_below_the_ceiling() -> None:
    # A quarter of the sample rate, between whose samples the peaks are 3 dB higher.
    tone = np.sin(np.pi / 2 * np.arange(RATE_HZ) + np.pi / 4).astype(np.float32)
    assert np.abs(tone).max() < 0.72
    assert true_peak(tone).max() == pytest.approx(1.0, abs=0.02)
    turned = limited(tone, RATE_HZ, -6.0)
    assert true_peak(turned)[100:-100].max() <= 10 ** (-6 / 20) + 0.005


def test_silence_around_is_cut_and_silence_inside_is_shortened() -> None:
    sound = np.concatenate([silence(0.5), hum(1.0), silence(2.0), hum(1.0), silence(0.8)])
    ((pcm,), (line,)) = finished(sound)
    assert len(pcm) / RATE_HZ == pytest.approx(2.0 + 0.7 + 0.08, abs=0.05)
    assert moved(0.5 * RATE_HZ, line.removed) / RATE_HZ == pytest.approx(0.04, abs=0.02)
    assert moved(3.5 * RATE_HZ, line.removed) / RATE_HZ == pytest.approx(1.74, abs=0.05)
    assert np.abs(np.diff(pcm)).max() < np.abs(np.diff(sound)).max() * 3


def test_a_sentence_in_parts_has_one_gain_and_no_seam() -> None:
    sound = hum(3.0)
    line = LineFinish(
        finish=Finish(), sample_rate_hz=RATE_HZ, leveller=Leveller(-18.0), volume_db=0
    )
    parts = [line.add(part, last=index == 2) for index, part in enumerate(np.split(sound, 3))]
    joined = np.concatenate(parts)
    assert len(joined) == len(sound)
    ratio = joined[1000:-1000] / np.where(np.abs(sound) > 0.01, sound, np.nan)[1000:-1000]
    assert np.nanmax(ratio) - np.nanmin(ratio) < 1e-3


def test_another_sample_rate_has_no_seam_either() -> None:
    sound = hum(2.0)
    whole, pieces = Outlet(RATE_HZ, 24_000), Outlet(RATE_HZ, 24_000)
    once = np.concatenate([whole.add(sound), whole.end()])
    split = np.concatenate([*(pieces.add(part) for part in np.split(sound, 8)), pieces.end()])
    assert len(once) == pytest.approx(2.0 * 24_000, abs=2)
    np.testing.assert_allclose(split, once, atol=1e-5)
