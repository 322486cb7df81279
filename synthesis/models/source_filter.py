"""Renders latents as a waveform by filtering pulses and noise: learns and runs fast on a CPU.

A pulse train at the predicted pitch and white noise are shaped by two predicted spectra (the
source-filter model of speech; Wang et al. 2019, arXiv:1904.12088), with blocks after ConvNeXt (Liu
et al. 2022, arXiv:2201.03545) and an inverse STFT at the end (Siuzdak 2023, arXiv:2306.00814).
Shapes: b batch, c latent channels, w width, g style channels, t frames at 50 Hz, u frames at
200 Hz, k bins of the short transform, s samples.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

N_FFT = 640
FINE_HOP = 160
FINE_PER_FRAME = 4
LOWEST_HZ, HIGHEST_HZ = 50.0, 500.0
MIDDLE_HZ = 160.0
LOUDEST_LOG = 6.0
QUIET_LOG = -4.0
NOISE_SEED = 0


class Block(nn.Module):
    """Depth-wise convolution, norm, and a two-layer perceptron, added to the input."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.mix = nn.Conv1d(width, width, 7, padding=3, groups=width)
        self.norm = nn.LayerNorm(width)
        self.widen = nn.Linear(width, 3 * width)
        self.narrow = nn.Linear(3 * width, width)
        self.gain = nn.Parameter(torch.full((width,), 0.3))

    def forward(self, x_bwt: Tensor) -> Tensor:
        inner = self.norm(self.mix(x_bwt).transpose(1, 2))
        inner = self.narrow(functional.gelu(self.widen(inner)))
        out: Tensor = x_bwt + (self.gain * inner).transpose(1, 2)
        return out


class SourceFilterDecoder(nn.Module):
    """[b, c, t] latents and [b, g, 1] style to [b, 1, s] samples, s = 640 t."""

    def __init__(self, latent: int, style_channels: int, *, width: int, blocks: int) -> None:
        super().__init__()
        bins = N_FFT // 2 + 1
        self.conv_pre = nn.Conv1d(latent, width, 7, padding=3)
        self.cond = nn.Conv1d(style_channels, width, 1)
        self.coarse = nn.Sequential(*(Block(width) for _ in range(blocks)))
        self.pitch = nn.Sequential(Block(width), nn.Conv1d(width, 1, 3, padding=1))
        self.finer = nn.Conv1d(width, FINE_PER_FRAME * width, 1)
        self.fine = nn.Sequential(*(Block(width) for _ in range(max(1, blocks - 1))))
        self.norm = nn.LayerNorm(width)
        self.spectra = nn.Linear(width, 2 * bins)
        # A new decoder is as quiet as speech, not at full scale.
        nn.init.constant_(self.spectra.bias, QUIET_LOG)

    @property
    def heavy_parts(self) -> list[nn.Module]:
        """Where most activations are."""
        return [self.coarse, self.fine]

    def lower(self, dtype: torch.dtype) -> None:
        """Compute in a shorter format, but for the pitch and the transforms at the end."""
        self.to(dtype)
        self.pitch.float()

    def trunk(self, latent_bct: Tensor, style_bg1: Tensor) -> Tensor:
        """What both the pitch and the spectra are read from, [b, w, t]."""
        dtype = self.conv_pre.weight.dtype
        x = self.conv_pre(latent_bct.to(dtype)) + self.cond(style_bg1.to(dtype))
        out: Tensor = self.coarse(x)
        return out

    def log_pitch(self, trunk_bwt: Tensor) -> Tensor:
        """The logarithm of the pitch over 160 Hz, [b, t]; it has a value in every frame."""
        out: Tensor = self.pitch(trunk_bwt.to(next(self.pitch.parameters()).dtype))[:, 0].float()
        return out

    def forward(self, latent_bct: Tensor, style_bg1: Tensor) -> Tensor:
        trunk = self.trunk(latent_bct, style_bg1)
        return self.render(trunk, self.log_pitch(trunk))

    def render(self, trunk_bwt: Tensor, log_pitch_bt: Tensor) -> Tensor:
        """The wave [b, 1, s] at a given pitch: while learning, the recording's own."""
        b, width, t = trunk_bwt.shape
        fine = self.finer(trunk_bwt).view(b, FINE_PER_FRAME, width, t)
        fine = fine.permute(0, 2, 3, 1).reshape(b, width, FINE_PER_FRAME * t)
        hidden = self.norm(self.fine(fine).transpose(1, 2))
        spectra = self.spectra(hidden).float().clamp(max=LOUDEST_LOG).exp().transpose(1, 2)
        # One frame more, as the transform is centred on both ends of the wave.
        pulses_bku, noise_bku = functional.pad(spectra, (0, 1), mode="replicate").chunk(2, dim=1)
        samples = t * FINE_PER_FRAME * FINE_HOP
        window = torch.hann_window(N_FFT, device=spectra.device)

        def analyse(wave_bs: Tensor) -> Tensor:
            return torch.stft(wave_bs, N_FFT, FINE_HOP, window=window, return_complex=True)

        shaped = pulses_bku * analyse(pulse_train(log_pitch_bt, samples))
        shaped = shaped + noise_bku * analyse(self._noise(b, samples, spectra.device))
        wave = torch.istft(shaped, N_FFT, FINE_HOP, window=window, length=samples)
        return wave[:, None].clamp(-1, 1)

    def _noise(self, rows: int, samples: int, device: torch.device) -> Tensor:
        """White noise; outside training always the same, so that equal latents sound equal."""
        if self.training:
            return torch.randn(rows, samples, device=device)
        generator = torch.Generator().manual_seed(NOISE_SEED)
        return torch.randn(1, samples, generator=generator).to(device).expand(rows, -1)


@torch.no_grad()
def pulse_train(
    log_pitch_bt: Tensor, samples: int, *, sample_rate_hz: int = FINE_HOP * FINE_PER_FRAME * 50
) -> Tensor:
    """Band-limited pulses [b, s] of unit power: equal cosines at every harmonic below Nyquist.

    The sum over k <= n of cos(k x) is sin((n + 1/2) x) / (2 sin(x / 2)) - 1/2 (Dirichlet).
    """
    pitch_hz = (MIDDLE_HZ * log_pitch_bt.double().exp()).clamp(LOWEST_HZ, HIGHEST_HZ)
    pitch_hz = functional.interpolate(
        pitch_hz[:, None], size=samples, mode="linear", align_corners=False
    )[:, 0]
    phase = (2 * math.pi * (pitch_hz / sample_rate_hz).cumsum(dim=1)) % (2 * math.pi)
    harmonics = (sample_rate_hz / 2 / pitch_hz).floor()
    half = (phase / 2).sin()
    near_peak = half.abs() < 1e-4
    total = ((harmonics + 0.5) * phase).sin() / (2 * half.where(~near_peak, 1.0)) - 0.5
    total = torch.where(near_peak, harmonics, total)
    return (total * (2 / harmonics).sqrt()).float()
