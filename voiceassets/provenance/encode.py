"""Writes 16-bit samples as an audio file of a chosen format.

Shapes: s samples.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import av
import numpy as np
from av.audio.stream import AudioStream
from numpy.typing import NDArray


class AudioFormat(StrEnum):
    WAV = "wav"
    MP3 = "mp3"
    FLAC = "flac"
    OGG = "ogg"
    M4A = "m4a"
    AAC = "aac"


@dataclass(frozen=True, kw_only=True)
class Encoding:
    """How a format is made. Without rates the encoder takes any; otherwise the next higher one."""

    container: str
    codec: str
    sample_format: str
    content_type: str
    bit_rate: int = 0
    rates_hz: tuple[int, ...] = ()


MPEG_RATES_HZ = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)

ENCODINGS: dict[AudioFormat, Encoding] = {
    AudioFormat.WAV: Encoding(
        container="wav", codec="pcm_s16le", sample_format="s16", content_type="audio/wav"
    ),
    AudioFormat.MP3: Encoding(
        container="mp3",
        codec="libmp3lame",
        sample_format="s16p",
        content_type="audio/mpeg",
        bit_rate=128_000,
        rates_hz=MPEG_RATES_HZ,
    ),
    AudioFormat.FLAC: Encoding(
        container="flac", codec="flac", sample_format="s16", content_type="audio/flac"
    ),
    AudioFormat.OGG: Encoding(
        container="ogg",
        codec="libopus",
        sample_format="s16",
        content_type="audio/ogg",
        bit_rate=64_000,
        rates_hz=(8_000, 12_000, 16_000, 24_000, 48_000),
    ),
    AudioFormat.M4A: Encoding(
        container="ipod",
        codec="aac",
        sample_format="fltp",
        content_type="audio/mp4",
        bit_rate=128_000,
        rates_hz=MPEG_RATES_HZ,
    ),
    AudioFormat.AAC: Encoding(
        container="adts",
        codec="aac",
        sample_format="fltp",
        content_type="audio/aac",
        bit_rate=128_000,
        rates_hz=MPEG_RATES_HZ,
    ),
}


def encode(
    pcm_s: NDArray[np.int16],
    *,
    sample_rate_hz: int,
    path: Path,
    format: AudioFormat,  # noqa: A002
    bit_rate: int | None = None,
) -> Path:
    """Write mono samples [s] to `path`; WAV and FLAC keep every one of them.

    `bit_rate` replaces a lossy format's own, in bits per second.

    Raises:
        ValueError: there are no samples, or they are not 16-bit integers.
    """
    if pcm_s.dtype != np.int16 or pcm_s.ndim != 1 or not len(pcm_s):
        raise ValueError("encode takes a non-empty row of int16 samples")
    how = ENCODINGS[format]
    target_hz = _rate_hz(how, sample_rate_hz)
    frame = av.AudioFrame.from_ndarray(pcm_s[np.newaxis], format="s16", layout="mono")
    frame.sample_rate = sample_rate_hz
    resampler = av.AudioResampler(format=how.sample_format, layout="mono", rate=target_hz)
    # Without this flag the encoder's name and version end up in the file.
    with av.open(str(path), "w", format=how.container, options={"fflags": "+bitexact"}) as target:
        stream = target.add_stream(how.codec, rate=target_hz, layout="mono")
        assert isinstance(stream, AudioStream)
        stream.codec_context.format = how.sample_format
        if how.bit_rate:
            stream.bit_rate = bit_rate or how.bit_rate
        for converted in (*resampler.resample(frame), *resampler.resample(None)):
            target.mux(stream.encode(converted))
        target.mux(stream.encode(None))
    return path


def _rate_hz(how: Encoding, wanted_hz: int) -> int:
    if not how.rates_hz:
        return wanted_hz
    return min((rate for rate in how.rates_hz if rate >= wanted_hz), default=how.rates_hz[-1])
