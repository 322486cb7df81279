"""What can be measured of a sound by itself, and of two sounds side by side.

Shapes: s samples, t frames at 50 Hz.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from synthesis import audio
from synthesis.speaking import silence
from synthesis.speaking.finishing import loudness_lufs
from synthesis.speaking.quality_gate import judge_sound
from synthesis.types import Pcm
from training.pitch import measure_pitch

RATE_HZ = 16_000
SEMITONES_PER_OCTAVE = 12


class SpeakerEncoder(Protocol):
    """What tells voices from sound."""

    def embed(self, wave_s: Tensor) -> Tensor:
        """The unit vector [d] of one wave at 16 kHz."""


def similarity(encoder: SpeakerEncoder, one: tuple[Pcm, int], other: tuple[Pcm, int]) -> float:
    """The cosine of the angle between the voices of two sounds with their sample rates."""
    a, b = (encoder.embed(_at(*sound, RATE_HZ)) for sound in (one, other))
    return float(torch.nn.functional.cosine_similarity(a, b, dim=0))


@dataclass(frozen=True, kw_only=True)
class SoundMeasures:
    """Of one sound: its length without silence around it, loudness, pitch, and what is wrong."""

    speech_ms: int
    loudness_lufs: float | None
    pitch_hz: float | None
    peak: float
    faults: tuple[str, ...]


def measure(pcm: Pcm, sample_rate_hz: int) -> SoundMeasures:
    """Measure one sound [s]."""
    start, end = extent(pcm, sample_rate_hz)
    return SoundMeasures(
        speech_ms=round((end - start) * 1000 / sample_rate_hz),
        loudness_lufs=loudness_lufs(pcm, sample_rate_hz),
        pitch_hz=median_pitch_hz(pcm, sample_rate_hz),
        peak=float(np.abs(pcm).max(initial=0.0)),
        faults=tuple(sorted(judge_sound(pcm, sample_rate_hz))),
    )


def extent(pcm: Pcm, sample_rate_hz: int) -> tuple[int, int]:
    """The first sample that is heard, and the one after the last; all of it if none is."""
    levels = silence.measure(pcm, sample_rate_hz)
    heard = np.flatnonzero(~levels.silent_f)
    if not len(heard):
        return 0, len(pcm)
    size = levels.frame_samples
    return int(heard[0]) * size, min(len(pcm), (int(heard[-1]) + 1) * size)


def median_pitch_hz(pcm: Pcm, sample_rate_hz: int) -> float | None:
    """The median over voiced frames; None without any."""
    pitch_t, voiced_t = _pitch(pcm, sample_rate_hz)
    return float(pitch_t[voiced_t].median()) if bool(voiced_t.any()) else None


def pitch_distance(one_hz: float | None, other_hz: float | None) -> float | None:
    """Semitones from one pitch to the other; None where one is missing."""
    if one_hz is None or other_hz is None:
        return None
    return SEMITONES_PER_OCTAVE * float(np.log2(other_hz / one_hz))


@dataclass(frozen=True, kw_only=True)
class PitchError:
    """Of a copy, frame by frame: semitones where both are voiced, and how often only one is."""

    semitones: float
    voicing_errors: float


def pitch_error(copy: Pcm, original: Pcm, sample_rate_hz: int) -> PitchError:
    """Compare a sound with the one that it copies, which must begin at the same sample.

    The mean of absolute differences over frames that are voiced in both, and the share of frames
    that are voiced in only one of them.
    """
    shorter = min(len(copy), len(original))
    (a_t, a_voiced_t), (b_t, b_voiced_t) = (
        _pitch(pcm[:shorter], sample_rate_hz) for pcm in (copy, original)
    )
    both = a_voiced_t & b_voiced_t
    apart = SEMITONES_PER_OCTAVE * torch.log2(a_t[both] / b_t[both]).abs()
    return PitchError(
        semitones=float(apart.mean()) if bool(both.any()) else float("nan"),
        voicing_errors=float((a_voiced_t != b_voiced_t).float().mean()),
    )


def mean(values: Sequence[float | None]) -> float | None:
    """The mean of those values that there are."""
    there = [value for value in values if value is not None]
    return sum(there) / len(there) if there else None


def _pitch(pcm: Pcm, sample_rate_hz: int) -> tuple[Tensor, Tensor]:
    pitch_bt, voiced_bt = measure_pitch(_at(pcm, sample_rate_hz, audio.SAMPLE_RATE_HZ)[None])
    return pitch_bt[0], voiced_bt[0]


def _at(pcm: Pcm, from_hz: int, to_hz: int) -> Tensor:
    return audio.resample(torch.from_numpy(np.ascontiguousarray(pcm)), from_hz, to_hz)
