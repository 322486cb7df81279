"""Sound as tensors: spectrograms, mel and Kaldi features, resampling, and 16-bit samples.

Shapes: b batch, s samples, f bins, t frames. The only user of torchaudio in this package.
"""

from functools import lru_cache
from pathlib import Path

import numpy as np
import soundfile
import torch
import torchaudio.compliance.kaldi
import torchaudio.functional
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from synthesis.types import Pcm

N_FFT = 2048
HOP = 640
SAMPLE_RATE_HZ = 32_000


def spectrogram(wave_bs: Tensor, *, n_fft: int = N_FFT, hop: int = HOP) -> Tensor:
    """Magnitudes [b, n_fft // 2 + 1, s // hop]; both ends are reflected by (n_fft - hop) / 2."""
    pad = (n_fft - hop) // 2
    padded = functional.pad(wave_bs[:, None], (pad, pad), mode="reflect")[:, 0]
    window = _window(n_fft, wave_bs.dtype, wave_bs.device)
    spectrum = torch.stft(
        padded, n_fft, hop_length=hop, window=window, center=False, return_complex=True
    )
    return torch.sqrt(spectrum.real.pow(2) + spectrum.imag.pow(2) + 1e-8)


@lru_cache(maxsize=16)
def _window(size: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    with torch.inference_mode(False):
        return torch.hann_window(size, dtype=dtype, device=device)


@lru_cache(maxsize=16)
def mel_filters(sample_rate_hz: int, n_fft: int, mels: int) -> Tensor:
    """Slaney filters [mels, n_fft // 2 + 1] from 0 Hz to half the sample rate, area-normalised."""
    with torch.inference_mode(False):
        filters: Tensor = torchaudio.functional.melscale_fbanks(
            n_fft // 2 + 1,
            0.0,
            sample_rate_hz / 2,
            mels,
            sample_rate_hz,
            norm="slaney",
            mel_scale="slaney",
        )
        return filters.T.contiguous()


def log_mel(spec_bft: Tensor, *, sample_rate_hz: int = SAMPLE_RATE_HZ, mels: int = 128) -> Tensor:
    """`log(max(mel, 1e-5))` [b, mels, t] of magnitudes."""
    filters = mel_filters(sample_rate_hz, 2 * (spec_bft.shape[1] - 1), mels)
    mel = filters.to(spec_bft.device, spec_bft.dtype) @ spec_bft
    return torch.log(mel.clamp(min=1e-5))


def kaldi_fbank(wave_s: Tensor) -> Tensor:
    """80 log filter-bank energies [t, 80] of 16 kHz sound, 25 ms every 10 ms, no dither."""
    features: Tensor = torchaudio.compliance.kaldi.fbank(
        wave_s[None], num_mel_bins=80, sample_frequency=16_000, dither=0.0
    )
    return features


def resample(wave: Tensor, from_hz: int, to_hz: int) -> Tensor:
    """Windowed-sinc resampling of the last dimension."""
    if from_hz == to_hz:
        return wave
    resampled: Tensor = torchaudio.functional.resample(wave, from_hz, to_hz)
    return resampled


def read_mono(path: Path) -> tuple[Pcm, int]:
    """Samples (channels averaged) and sample rate of a WAV or FLAC file."""
    samples, sample_rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    return np.ascontiguousarray(samples.mean(axis=1), dtype=np.float32), int(sample_rate_hz)


def write_wav(path: Path, pcm: Pcm, sample_rate_hz: int) -> None:
    """Write 16-bit mono WAV."""
    soundfile.write(path, to_int16(pcm), sample_rate_hz, subtype="PCM_16", format="WAV")


def to_int16(pcm: Pcm) -> NDArray[np.int16]:
    """Round to 16 bits, clipping at the ends so that full scale never wraps."""
    clipped: NDArray[np.int16] = np.clip(np.rint(pcm * 32768.0), -32768, 32767).astype(np.int16)
    return clipped
