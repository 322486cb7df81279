"""What is measured of sounds."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from training.evaluation.sound import extent, mean, measure, pitch_distance, pitch_error, similarity

RATE_HZ = 32_000


def buzz(pitch_hz: float, duration_s: float = 1.0) -> NDArray[np.float32]:
    """A tone with overtones."""
    t = np.arange(int(RATE_HZ * duration_s)) / RATE_HZ
    tone = sum(np.sin(2 * np.pi * pitch_hz * n * t) / n for n in range(1, 8))
    return (0.15 * np.asarray(tone)).astype(np.float32)


class Loudest:
    """Tells voices by where in the spectrum they are loudest."""

    def embed(self, wave_s: Tensor) -> Tensor:
        return torch.nn.functional.one_hot(torch.fft.rfft(wave_s).abs().argmax() // 50, 400).float()


def test_silence_around_speech_is_not_speech() -> None:
    quiet = np.zeros(RATE_HZ // 2, np.float32)
    sound = np.concatenate([quiet, buzz(150), quiet])
    start, end = extent(sound, RATE_HZ)
    assert start / RATE_HZ == pytest.approx(0.5, abs=0.02)
    assert end / RATE_HZ == pytest.approx(1.5, abs=0.02)
    found = measure(sound, RATE_HZ)
    assert found.speech_ms == pytest.approx(1000, abs=30)
    assert found.pitch_hz == pytest.approx(150, rel=0.01)
    assert found.loudness_lufs is not None
    assert -30 < found.loudness_lufs < -10


def test_clipping_is_a_fault() -> None:
    assert "clipping" in measure(np.clip(20 * buzz(150), -1, 1), RATE_HZ).faults
    assert "clipping" not in measure(buzz(150), RATE_HZ).faults


def test_pitch_is_compared_in_semitones() -> None:
    assert pitch_distance(100, 200) == pytest.approx(12)
    assert pitch_distance(None, 200) is None
    assert pitch_error(buzz(212), buzz(200), RATE_HZ).semitones == pytest.approx(1, abs=0.1)
    assert pitch_error(buzz(200), buzz(200), RATE_HZ).voicing_errors == 0


def test_a_voice_is_like_itself_and_unlike_another() -> None:
    one, other = (buzz(120), RATE_HZ), (buzz(240), RATE_HZ)
    assert similarity(Loudest(), one, one) == pytest.approx(1)
    assert similarity(Loudest(), one, other) == pytest.approx(0)


def test_a_mean_leaves_out_what_is_missing() -> None:
    assert mean([1.0, None, 3.0]) == 2.0
    assert mean([None]) is None
