"""Noise goes down where nobody speaks, the voice stays, and nothing is cut."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from training.prepare.decode import SAMPLE_RATE_HZ
from training.prepare.denoise import NoPauses, denoise
from training.prepare.regions import Region

SPEECH = (Region(start_ms=1_000, end_ms=3_000), Region(start_ms=4_000, end_ms=6_000))
SAMPLES = 7 * SAMPLE_RATE_HZ + 77


def test_steady_noise_is_lowered_and_the_voice_is_kept(tmp_path: Path) -> None:
    t = np.arange(SAMPLES) / SAMPLE_RATE_HZ
    voice = sum(0.1 * np.sin(2 * np.pi * 140 * k * t) for k in range(1, 8))
    spoken = np.zeros(SAMPLES, bool)
    for region in SPEECH:
        spoken[region.start_ms * 32 : region.end_ms * 32] = True
    clean = np.where(spoken, voice, 0.0)
    noisy = clean + 0.02 * np.random.default_rng(0).standard_normal(SAMPLES)
    source, copy = tmp_path / "noisy.wav", tmp_path / "copy.wav"
    soundfile.write(source, noisy, SAMPLE_RATE_HZ, subtype="FLOAT")
    before = source.read_bytes()
    denoise(source, copy, SPEECH)

    out, rate = soundfile.read(copy)
    assert (len(out), rate) == (SAMPLES, SAMPLE_RATE_HZ)
    assert source.read_bytes() == before

    def power_db(sound: np.ndarray, where: np.ndarray) -> float:
        return float(10 * np.log10(np.mean(sound[where] ** 2)))

    pause = np.zeros(SAMPLES, bool)
    pause[3_300 * 32 : 3_700 * 32] = True
    assert power_db(out, pause) < power_db(noisy, pause) - 10
    middle = np.zeros(SAMPLES, bool)
    middle[1_500 * 32 : 2_500 * 32] = True
    assert power_db(out - clean, middle) < power_db(noisy - clean, middle) - 6
    assert power_db(out, middle) == pytest.approx(power_db(clean, middle), abs=0.5)


def test_without_a_pause_the_noise_is_unknown(tmp_path: Path) -> None:
    source = tmp_path / "source.wav"
    soundfile.write(source, np.full(SAMPLE_RATE_HZ, 0.1), SAMPLE_RATE_HZ)
    with pytest.raises(NoPauses, match="no pauses"):
        denoise(source, tmp_path / "copy.wav", (Region(start_ms=0, end_ms=1_000),))
