"""The speech in a file that keeps every sample, with its audible label and without it.

Shapes: s samples.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from voiceassets.provenance.cue import PAUSE_MS, AudibleLabel, Place, hear
from voiceassets.provenance.decode import decode

# Only these give back the very samples that were put in.
LOSSLESS = frozenset({"pcm_s16le", "flac"})
LONGEST_S = 3600
SEARCHED_HZ = 8_000

Samples = NDArray[np.int16]


def sha256(pcm_s: Samples) -> str:
    """Of 16-bit little-endian samples [s], as an engine's receipt has it."""
    return hashlib.sha256(pcm_s.astype("<i2").tobytes()).hexdigest()


def kept(path: Path, pcm_sha256: str) -> Samples | None:
    """The samples [s] of a receipt, if this file still holds them as they were."""
    return next((pcm_s for pcm_s in speeches(path) if sha256(pcm_s) == pcm_sha256), None)


def speeches(path: Path) -> list[Samples]:
    """All samples [s], and those that are left without the audible label; none of a lossy file.

    Raises:
        av.FFmpegError: it is no file that can be read.
    """
    decoded = _read(path)
    if decoded is None:
        return []
    pcm_s, rate_hz = decoded
    return [pcm_s, *_without_label(path, pcm_s, rate_hz)]


def _without_label(path: Path, pcm_s: Samples, rate_hz: int) -> Iterator[Samples]:
    """The speech [s] alone, if every sample of a label of ours stands where one is heard."""
    heard = hear(decode(path, sample_rate_hz=SEARCHED_HZ), sample_rate_hz=SEARCHED_HZ)
    if heard is None:
        return
    near = heard.at_ms * rate_hz // 1000
    leeway = 2 * rate_hz // SEARCHED_HZ + rate_hz // 1000
    for place in Place:
        label = AudibleLabel(cue=heard.cue, place=place, language=heard.language)
        sound_s = label.sound(rate_hz)
        lead = 0 if place is Place.START else round(rate_hz * PAUSE_MS / 1000)
        for start in range(max(0, near - lead - leeway), near - lead + leeway + 1):
            if np.array_equal(pcm_s[start : start + len(sound_s)], sound_s):
                yield np.concatenate([pcm_s[:start], pcm_s[start + len(sound_s) :]])


def _read(path: Path) -> tuple[Samples, int] | None:
    """The mono 16-bit samples [s] of a lossless file and their rate; None for any other file."""
    with av.open(str(path)) as file:
        if not file.streams.audio:
            return None
        stream = file.streams.audio[0]
        codec = stream.codec_context
        if codec.name not in LOSSLESS or codec.channels != 1:
            return None
        rate_hz = codec.sample_rate
        resampler = av.AudioResampler(format="s16", layout="mono", rate=rate_hz)
        parts: list[Samples] = []
        length = 0
        frames = (out for frame in file.decode(stream) for out in resampler.resample(frame))
        for frame in chain(frames, resampler.resample(None)):
            parts.append(frame.to_ndarray().reshape(-1).astype(np.int16))
            length += frame.samples
            if length > LONGEST_S * rate_hz:
                return None
    return (np.concatenate(parts), rate_hz) if parts else None
