"""Pitch as it is measured: right on tones, bridged over noise, and silent about silence."""

from __future__ import annotations

import torch

from training.pitch import measure_pitch

RATE_HZ = 32_000


def hum(pitch_hz: float, samples: int) -> torch.Tensor:
    time_s = torch.arange(samples) / RATE_HZ
    order = torch.arange(1, 15)[:, None]
    return (0.1 / order * torch.cos(2 * torch.pi * order * pitch_hz * time_s)).sum(0)


def test_it_names_the_pitch_of_a_hum() -> None:
    waves = torch.stack([hum(90.0, RATE_HZ), hum(210.0, RATE_HZ), hum(330.0, RATE_HZ)])
    pitch_hz, voiced = measure_pitch(waves)
    assert pitch_hz.shape == voiced.shape == (3, 50)
    assert voiced[:, 3:-3].all()
    assert torch.allclose(pitch_hz.median(1).values, torch.tensor([90.0, 210, 330]), rtol=0.005)


def test_it_draws_a_line_over_what_is_not_voiced() -> None:
    torch.manual_seed(0)
    noise = 0.05 * torch.randn(RATE_HZ // 2)
    wave = torch.cat([hum(100.0, RATE_HZ), noise, hum(200.0, RATE_HZ)])
    pitch_hz, voiced = measure_pitch(wave[None])
    middle = slice(54, 71)
    assert voiced[0, middle].float().mean() < 0.2
    assert 110 < float(pitch_hz[0, 62]) < 190


def test_silence_has_no_voice_and_a_finite_pitch() -> None:
    pitch_hz, voiced = measure_pitch(torch.zeros(1, RATE_HZ))
    assert not voiced.any()
    assert torch.isfinite(pitch_hz).all()
