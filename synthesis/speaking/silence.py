"""Where a spoken sentence is silent, and which of it is cut.

Shapes: s samples, f frames of 10 ms.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthesis.types import Pcm

FRAME_MS = 10
# Silence is this much softer than speech, or softer than anything that is heard.
BELOW_SPEECH_DB = -38.0
FLOOR_DB = -60.0
# What stays of the silence around speech, so that soft consonants stay whole.
MARGIN_MS = 40

# First and last sample, the last one exclusive.
Range = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class Loudness:
    """Levels of the frames of a sound in dB below full scale, and the level of its speech."""

    frames_f: NDArray[np.float64]
    speech_db: float
    frame_samples: int

    @property
    def silent_f(self) -> NDArray[np.bool_]:
        """Which frames are silence."""
        silent: NDArray[np.bool_] = self.frames_f < max(FLOOR_DB, self.speech_db + BELOW_SPEECH_DB)
        return silent

    def runs(self) -> list[Range]:
        """Runs of silent frames."""
        edges = np.diff(np.concatenate([[False], self.silent_f, [False]]).astype(np.int8))
        starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
        return list(zip(starts.tolist(), ends.tolist(), strict=True))


def measure(pcm: Pcm, sample_rate_hz: int, *, speech_db: float | None = None) -> Loudness:
    """Levels of a sound [s]; the level of speech is the loudest 5 % of frames unless given."""
    size = sample_rate_hz * FRAME_MS // 1000
    whole = len(pcm) // size * size
    frames = pcm[:whole].reshape(-1, size).astype(np.float64)
    frames_f = 10 * np.log10(np.square(frames).mean(axis=1) + 1e-12)
    if speech_db is None:
        speech_db = float(np.quantile(frames_f, 0.95)) if len(frames_f) else FLOOR_DB
    return Loudness(frames_f=frames_f, speech_db=speech_db, frame_samples=size)


def excess(
    loudness: Loudness, samples: int, *, first: bool, last: bool, trim: bool, longest_ms: int
) -> list[Range]:
    """Ranges of samples to be cut: ends of a sentence (if this is its first or last part) and
    the middle of every silence inside that is longer than `longest_ms`."""
    size, frames = loudness.frame_samples, len(loudness.frames_f)
    margin = MARGIN_MS // FRAME_MS
    longest = longest_ms // FRAME_MS
    cut: list[Range] = []
    for start, end in loudness.runs():
        if start == 0 and first:
            cut.append((0, (end - margin) * size) if trim else (0, 0))
        elif end == frames and last:
            cut.append(((start + margin) * size, samples) if trim else (0, 0))
        elif end - start > longest:
            middle = start + longest // 2
            cut.append((middle * size, (middle + end - start - longest) * size))
    return [(start, end) for start, end in cut if start < end]


def without(pcm: Pcm, ranges: Sequence[Range]) -> Pcm:
    """The samples outside these ranges, joined where they are silent anyway."""
    kept = np.ones(len(pcm), dtype=np.bool_)
    for start, end in ranges:
        kept[start:end] = False
    return pcm[kept]


def moved(sample: float, ranges: Sequence[Range]) -> float:
    """Where a sample comes to lie when the ranges, in order, have been cut."""
    return sample - sum(
        max(0.0, min(sample, end) - start) for start, end in ranges if start < sample
    )
