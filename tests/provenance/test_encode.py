"""Samples in, audio files out."""

from __future__ import annotations

import wave
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from voiceassets.provenance.encode import AudioFormat, encode


def tone(rate_hz: int, seconds: float = 1.0) -> NDArray[np.int16]:
    time_s = np.arange(int(rate_hz * seconds)) / rate_hz
    wave_s: NDArray[np.int16] = (np.sin(2 * np.pi * 440 * time_s) * 12_000).astype(np.int16)
    return wave_s


def decoded(path: Path) -> tuple[NDArray[np.float64], int]:
    resampler = av.AudioResampler(format="s16", layout="mono")
    with av.open(str(path)) as file:
        frames = [out for frame in file.decode(audio=0) for out in resampler.resample(frame)]
        samples_s = np.concatenate([frame.to_ndarray()[0] for frame in frames])
        return samples_s.astype(float), file.streams.audio[0].rate


def test_a_wave_file_holds_exactly_the_samples(tmp_path: Path) -> None:
    pcm_s = tone(32_000)
    path = encode(pcm_s, sample_rate_hz=32_000, path=tmp_path / "x", format=AudioFormat.WAV)
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 32_000)
        assert file.readframes(len(pcm_s) + 1) == pcm_s.astype("<i2").tobytes()


def test_flac_loses_nothing(tmp_path: Path) -> None:
    pcm_s = np.random.default_rng(0).integers(-32_768, 32_767, 70_000).astype(np.int16)
    path = encode(pcm_s, sample_rate_hz=48_000, path=tmp_path / "x", format=AudioFormat.FLAC)
    samples_s, rate_hz = decoded(path)
    assert rate_hz == 48_000
    assert np.array_equal(samples_s, pcm_s)


@pytest.mark.parametrize(
    ("kind", "rate_hz", "expected_hz"),
    [
        (AudioFormat.MP3, 32_000, 32_000),
        (AudioFormat.MP3, 96_000, 48_000),
        (AudioFormat.OGG, 32_000, 48_000),
        (AudioFormat.OGG, 16_000, 48_000),  # Opus always decodes at 48 kHz
        (AudioFormat.M4A, 24_000, 24_000),
    ],
)
def test_a_compressed_file_sounds_like_the_samples(
    kind: AudioFormat, rate_hz: int, expected_hz: int, tmp_path: Path
) -> None:
    path = encode(tone(rate_hz), sample_rate_hz=rate_hz, path=tmp_path / "x", format=kind)
    samples_s, found_hz = decoded(path)
    assert found_hz == expected_hz
    assert len(samples_s) / found_hz == pytest.approx(1.0, abs=0.12)
    middle_s = samples_s[found_hz // 4 : found_hz // 4 * 3]
    spectrum_f = np.abs(np.fft.rfft(middle_s * np.hanning(len(middle_s))))
    peak_hz = np.argmax(spectrum_f) * found_hz / len(middle_s)
    assert peak_hz == pytest.approx(440, abs=4)
    assert np.abs(middle_s).max() == pytest.approx(12_000, rel=0.15)


@pytest.mark.parametrize("wrong", [np.zeros(0, np.int16), np.zeros((2, 5), np.int16)])
def test_it_refuses_what_is_not_a_row_of_samples(wrong: NDArray[np.int16], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="int16"):
        encode(wrong, sample_rate_hz=32_000, path=tmp_path / "x", format=AudioFormat.WAV)
    assert not (tmp_path / "x").exists()
