"""Spoils clean sound as rooms, microphones and vocoders do, so that a model learns to look past it.

Shapes: b batch, s samples at 16 kHz.
"""

import math

import torch
from torch import Tensor

N_FFT = 512
HOP = 128
EQ_DB = 8.0
SNR_DB = (5.0, 35.0)
GAIN_DB = 10.0
PHASE_SHARE = 0.5


def spoil(wave_bs: Tensor) -> Tensor:
    """Random level, a smooth random equaliser, blurred phases in half the rows, and noise."""
    b = len(wave_bs)
    window = torch.hann_window(N_FFT)
    spectrum = torch.stft(wave_bs, N_FFT, HOP, window=window, return_complex=True)
    bins = torch.linspace(0, math.pi, spectrum.shape[1])
    waves = torch.stack([torch.cos(k * bins) for k in range(1, 5)])
    equaliser_db = (torch.randn(b, 4) @ waves) * EQ_DB / 3
    spectrum = spectrum * 10 ** (equaliser_db / 20)[:, :, None]
    blurred = (torch.rand(b, 1, 1) < PHASE_SHARE) * torch.rand(b, 1, 1)
    angle = blurred * math.pi * (2 * torch.rand(spectrum.shape) - 1)
    spectrum = spectrum * torch.polar(torch.ones_like(angle), angle)
    spoilt = torch.istft(spectrum, N_FFT, HOP, window=window, length=wave_bs.shape[1])
    power = spoilt.square().mean(1, keepdim=True).sqrt()
    low, high = SNR_DB
    snr_db = low + (high - low) * torch.rand(b, 1)
    spoilt = spoilt + torch.randn_like(spoilt) * power * 10 ** (-snr_db / 20)
    return spoilt * 10 ** (GAIN_DB * (2 * torch.rand(b, 1) - 1) / 20)
