"""Sound as tensors: spectrograms, mel and Kaldi features, resampling, and 16-bit samples.

Shapes: b batch, s samples, f bins, t frames. The only user of torchaudio in this package.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import av
import numpy as np
import soundfile
import torch
import torchaudio.compliance.kaldi
import torchaudio.functional
from av.audio.stream import AudioStream
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from synthesis.errors import EngineError
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


@dataclass(frozen=True, kw_only=True)
class Encoding:
    """How a kind of file is written: its container and codec, and the only rates it knows."""

    container: str
    codec: str
    rates_hz: tuple[int, ...] = ()


MPEG_RATES_HZ = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
ENCODINGS = {
    ".wav": Encoding(container="wav", codec="pcm_s16le"),
    ".pcm": Encoding(container="s16le", codec="pcm_s16le"),
    ".flac": Encoding(container="flac", codec="flac"),
    ".mp3": Encoding(container="mp3", codec="libmp3lame", rates_hz=MPEG_RATES_HZ),
    ".aac": Encoding(container="adts", codec="aac", rates_hz=MPEG_RATES_HZ),
    ".m4a": Encoding(container="ipod", codec="aac", rates_hz=MPEG_RATES_HZ),
    ".ogg": Encoding(
        container="ogg", codec="libopus", rates_hz=(8_000, 12_000, 16_000, 24_000, 48_000)
    ),
}
ENCODINGS[".opus"] = ENCODINGS[".ogg"]


def write(path: Path, pcm: Pcm, sample_rate_hz: int) -> None:
    """Write mono sound in the format of the file's suffix; EngineError for one there is not.

    `.pcm` is bare 16-bit little-endian samples. A rate that a codec does not know becomes the next
    higher one.
    """
    how = ENCODINGS.get(path.suffix.lower())
    if how is None:
        raise EngineError(
            f"Sound is written as {', '.join(ENCODINGS)}, not as {path.suffix or 'nothing'}.",
            code="unknown_format",
        )
    rate = sample_rate_hz
    if how.rates_hz:
        rate = min((known for known in how.rates_hz if known >= rate), default=how.rates_hz[-1])
    frame = av.AudioFrame.from_ndarray(to_int16(pcm)[np.newaxis], format="s16", layout="mono")
    frame.sample_rate = sample_rate_hz
    with av.open(str(path), "w", format=how.container) as target:
        stream = target.add_stream(how.codec, rate=rate, layout="mono")
        assert isinstance(stream, AudioStream)
        resampler = av.AudioResampler(format=stream.codec_context.format, layout="mono", rate=rate)
        for converted in (*resampler.resample(frame), *resampler.resample(None)):
            target.mux(stream.encode(converted))
        target.mux(stream.encode(None))


def to_int16(pcm: Pcm) -> NDArray[np.int16]:
    """Round to 16 bits, clipping at the ends so that full scale never wraps."""
    clipped: NDArray[np.int16] = np.clip(np.rint(pcm * 32768.0), -32768, 32767).astype(np.int16)
    return clipped
