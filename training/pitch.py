"""Measures the pitch of speech by normalised autocorrelation.

Shapes: b batch, s samples at 32 kHz, t frames at 50 Hz, n samples of a window, l lags.
"""

import torch
from torch import Tensor
from torch.nn import functional

from synthesis.audio import HOP, SAMPLE_RATE_HZ, resample

RATE_HZ = 16_000
WINDOW = 960
HIGHEST_HZ, LOWEST_HZ = 450.0, 60.0
VOICED_ABOVE = 0.6
# A shorter lag wins over its multiple unless that one fits better by so much.
SHORTEST_SHARE = 0.9
QUIETEST = 1e-4


def measure_pitch(wave_bs: Tensor) -> tuple[Tensor, Tensor]:
    """Pitch in hertz and whether the frame is voiced, both [b, s // 640].

    Where a frame is not voiced its pitch is that of a line between its voiced neighbours.
    """
    frames = wave_bs.shape[1] // HOP
    wave = resample(wave_bs, SAMPLE_RATE_HZ, RATE_HZ)
    step = HOP * RATE_HZ // SAMPLE_RATE_HZ
    longest = int(RATE_HZ / LOWEST_HZ) + 2
    shortest = int(RATE_HZ / HIGHEST_HZ)
    # Centred for a pitch of 150 Hz.
    before = (WINDOW + RATE_HZ // 150 - step) // 2
    padded = functional.pad(wave, (before, WINDOW + longest))
    windows = padded.unfold(1, WINDOW + longest, step)[:, :frames]
    windows = windows - windows.mean(-1, keepdim=True)
    size = 2048
    head = torch.fft.rfft(windows[..., :WINDOW], size)
    product = torch.fft.irfft(head.conj() * torch.fft.rfft(windows, size), size)[..., :longest]
    energy = functional.pad(windows.square().cumsum(-1), (1, 0))
    lags = torch.arange(longest, device=wave.device)
    lagged = energy[..., lags + WINDOW] - energy[..., lags]
    likeness = product / (lagged[..., :1] * lagged + 1e-12).sqrt()
    inner = likeness[..., shortest : longest - 1]
    peak = (inner > likeness[..., shortest - 1 : longest - 2]) & (
        inner >= likeness[..., shortest + 1 :]
    )
    peaks = inner.masked_fill(~peak, -1.0)
    best = peaks.amax(-1)
    lag = (peaks >= SHORTEST_SHARE * best[..., None]).to(torch.uint8).argmax(-1) + shortest
    around = likeness.gather(-1, lag[..., None] + torch.tensor([-1, 0, 1], device=lag.device))
    left, middle, right = around.unbind(-1)
    shift = 0.5 * (left - right) / (left - 2 * middle + right).clamp(max=-1e-6)
    pitch_hz = RATE_HZ / (lag + shift.clamp(-0.5, 0.5))
    voiced = (best > VOICED_ABOVE) & (lagged[..., 0] / WINDOW > QUIETEST**1.5)
    return _bridged(pitch_hz, voiced), voiced


def _bridged(pitch_bt: Tensor, voiced_bt: Tensor) -> Tensor:
    """Straight lines over unvoiced frames, the nearest voiced value at the ends."""
    t = pitch_bt.shape[1]
    place = torch.arange(t, device=pitch_bt.device).expand_as(pitch_bt)
    before = torch.where(voiced_bt, place, -1).cummax(1).values
    after = torch.where(voiced_bt, place, t).flip(1).cummin(1).values.flip(1)
    left = torch.where(before < 0, after, before).clamp(0, t - 1)
    right = torch.where(after >= t, before, after).clamp(0, t - 1)
    share = ((place - left) / (right - left).clamp(min=1)).clamp(0, 1)
    line = pitch_bt.gather(1, left) * (1 - share) + pitch_bt.gather(1, right) * share
    return torch.where(voiced_bt.any(1, keepdim=True), line, pitch_bt.new_tensor(160.0))
