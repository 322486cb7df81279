"""The source-filter decoder: its pulses, its pitch, and that equal latents sound equal."""

from __future__ import annotations

import math

import pytest
import torch

from synthesis import audio
from synthesis.models.source_filter import MIDDLE_HZ, SourceFilterDecoder, pulse_train
from training.pitch import measure_pitch


@pytest.fixture
def decoder() -> SourceFilterDecoder:
    torch.manual_seed(0)
    return SourceFilterDecoder(8, 4, width=16, blocks=2).eval()


@pytest.mark.parametrize("pitch_hz", [80.0, 145.0, 250.0])
def test_pulses_have_the_pitch_that_is_asked_for(pitch_hz: float) -> None:
    log_pitch = torch.full((1, 50), math.log(pitch_hz / MIDDLE_HZ))
    pulses = pulse_train(log_pitch, 32_000)
    assert float(pulses.square().mean()) == pytest.approx(1.0, abs=0.05)
    found_hz, voiced = measure_pitch(0.05 * pulses)
    assert voiced[:, 5:-5].all()
    assert found_hz[:, 5:-5].median() == pytest.approx(pitch_hz, rel=0.01)


def test_pulses_hold_nothing_between_their_harmonics() -> None:
    pulses = pulse_train(torch.full((1, 100), math.log(200 / MIDDLE_HZ)), 64_000)
    spectrum = torch.fft.rfft(pulses[0, :32_000] * torch.hann_window(32_000)).abs()
    harmonics = spectrum[200:15_801:200]
    between = spectrum[300:15_701:200]
    assert harmonics.min() > 1000 * between.max()


def test_a_latent_becomes_as_many_samples_as_its_frames_last(decoder: SourceFilterDecoder) -> None:
    wave = decoder(torch.randn(2, 8, 7), torch.randn(2, 4, 1))
    assert wave.shape == (2, 1, 7 * audio.HOP)
    assert wave.abs().max() <= 1


def test_equal_latents_sound_equal_alone_and_in_a_batch(decoder: SourceFilterDecoder) -> None:
    latents, style = torch.randn(3, 8, 12), torch.randn(3, 4, 1)
    with torch.inference_mode():
        together = decoder(latents, style)
        alone = decoder(latents[1:2], style[1:2])
    assert torch.allclose(together[1:2], alone, atol=1e-3)


def test_it_can_be_lowered_and_still_makes_sound(decoder: SourceFilterDecoder) -> None:
    latents, style = torch.randn(1, 8, 12), torch.randn(1, 4, 1)
    with torch.inference_mode():
        exact = audio.log_mel(audio.spectrogram(decoder(latents, style)[:, 0]))
        decoder.lower(torch.bfloat16)
        lowered = audio.log_mel(audio.spectrogram(decoder(latents, style)[:, 0]))
    assert (exact - lowered).abs().mean() < 0.25
