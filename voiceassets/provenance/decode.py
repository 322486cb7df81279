"""Reads any audio file as one channel at a wanted rate.

Shapes: s samples.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray


def decode(path: Path, *, sample_rate_hz: int, longest_s: float = 3600) -> NDArray[np.float32]:
    """The first `longest_s` seconds as samples [s] of -1 to 1; none when there is no sound.

    Raises:
        av.FFmpegError: it is no file that can be read.
    """
    with av.open(str(path)) as file:
        frames = file.decode(audio=0) if file.streams.audio else iter(())
        return _samples(frames, sample_rate_hz, longest_s)


def resampled(pcm_s: NDArray[np.int16], *, from_hz: int, to_hz: int) -> NDArray[np.float32]:
    """16-bit samples [s] at another rate, as `decode` gives them."""
    frame = av.AudioFrame.from_ndarray(pcm_s[np.newaxis], format="s16", layout="mono")
    frame.sample_rate = from_hz
    return _samples(iter([frame]), to_hz, float("inf"))


def _samples(
    frames: Iterator[av.AudioFrame], sample_rate_hz: int, longest_s: float
) -> NDArray[np.float32]:
    resampler = av.AudioResampler(format="flt", layout="mono", rate=sample_rate_hz)
    parts: list[NDArray[np.float32]] = [np.zeros(0, np.float32)]
    left = longest_s * sample_rate_hz
    converted = (out for frame in frames for out in resampler.resample(frame))
    for frame in chain(converted, resampler.resample(None)):
        parts.append(
            frame.to_ndarray().reshape(-1).astype(np.float32)[: int(min(left, frame.samples))]
        )
        left -= frame.samples
        if left <= 0:
            break
    return np.concatenate(parts)
