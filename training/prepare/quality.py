"""Measures a recording, or a stretch of it, as plain numbers; the verdict is taken elsewhere."""

from dataclasses import asdict, dataclass, fields
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from training.prepare.analysis import BIN_HZ, FRAME_MS, STEP_MS, Analysis
from training.prepare.noise import FLOOR_DB, decibel, noise_and_snr
from training.prepare.regions import Region, clip_regions, window_mask
from training.prepare.room import (
    decay_ms,
    pause_flatness,
    syllable_modulation,
    tonal_background_db,
)

BANDWIDTH_BELOW_PEAK_DB: Final = 65.0
ABSOLUTE_GATE_LUFS: Final = -70.0
RELATIVE_GATE_LU: Final = -10.0
GATE_BLOCK_STEPS: Final = 4


@dataclass(frozen=True, kw_only=True)
class QualityReport:
    """What was measured; every number is finite, silence included."""

    duration_ms: int
    original_sample_rate_hz: int
    channels: int
    effective_bandwidth_hz: int
    """Highest frequency of the speech within 65 dB of its strongest, at most 16000."""
    loudness_lufs: float
    true_peak_dbtp: float
    clipping_share: float
    """Share of the original samples at full scale, of all channels."""
    noise_floor_dbfs: float
    snr_db: float
    """0 where nothing is spoken."""
    speech_share: float
    dc_offset: float
    longest_silence_ms: int
    decay_ms: int
    """How long sound lingers after speech (reverberation); 0 where no pause shows it."""
    tonal_background_db: float
    """Music and hum in the pauses, relative to the speech."""
    pause_flatness: float
    """How like noise the pauses are: 1 is noise or nothing, towards 0 music or hum."""
    syllable_modulation: float
    """How deep loudness swings from syllable to syllable; echo and music fill the gaps."""

    def as_dict(self) -> dict[str, int | float]:
        """For JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """The inverse of as_dict; raises TypeError for a missing or unknown name."""
        numbers: dict[str, Any] = {
            field.name: field.type(values[field.name])
            for field in fields(cls)
            if callable(field.type)
        }
        return cls(**{**values, **numbers})


def measure(analysis: Analysis, stretch: Region | None = None) -> QualityReport:
    """Measure `stretch`, or the whole recording."""
    stretch = stretch or Region(start_ms=0, end_ms=analysis.duration_ms)
    spoken = clip_regions(analysis.speech, stretch)
    frames = slice(stretch.start_ms // FRAME_MS, -(-stretch.end_ms // FRAME_MS))
    steps = slice(stretch.start_ms // STEP_MS, -(-stretch.end_ms // STEP_MS))
    dc_offset = float(analysis.mean_w[frames].mean()) if len(analysis.mean_w[frames]) else 0.0
    noise_power, snr_db = noise_and_snr(analysis, stretch, spoken)
    peak = float(analysis.true_peak_w[steps].max(initial=0.0))
    return QualityReport(
        duration_ms=stretch.duration_ms,
        original_sample_rate_hz=analysis.facts.original_sample_rate_hz,
        channels=analysis.facts.original_channels,
        effective_bandwidth_hz=_bandwidth_hz(analysis, spoken),
        loudness_lufs=_rounded(_loudness_lufs(analysis.weighted_power_w[steps])),
        true_peak_dbtp=_rounded(decibel(peak**2)),
        clipping_share=_clipping_share(analysis, stretch),
        noise_floor_dbfs=_rounded(decibel(noise_power)),
        snr_db=_rounded(snr_db),
        speech_share=round(sum(r.duration_ms for r in spoken) / max(1, stretch.duration_ms), 4),
        dc_offset=round(dc_offset, 6),
        longest_silence_ms=_longest_silence_ms(spoken, stretch),
        decay_ms=decay_ms(analysis, stretch),
        tonal_background_db=_rounded(tonal_background_db(analysis, stretch, spoken)),
        pause_flatness=round(pause_flatness(analysis, stretch, spoken), 3),
        syllable_modulation=round(syllable_modulation(analysis, spoken), 3),
    )


def _loudness_lufs(weighted_power_w: NDArray[np.float64]) -> float:
    """Integrated loudness with both gates, ITU-R BS.1770-4 section 5.1; FLOOR_DB for silence."""
    size = min(GATE_BLOCK_STEPS, len(weighted_power_w))
    if not size:
        return FLOOR_DB
    block_w = np.convolve(weighted_power_w, np.full(size, 1 / size), mode="valid")
    level_w = -0.691 + 10 * np.log10(np.maximum(block_w, 1e-12))
    audible_w = block_w[level_w > ABSOLUTE_GATE_LUFS]
    if not len(audible_w):
        return FLOOR_DB
    relative_gate = -0.691 + decibel(float(audible_w.mean())) + RELATIVE_GATE_LU
    return -0.691 + decibel(float(block_w[level_w > max(relative_gate, ABSOLUTE_GATE_LUFS)].mean()))


def _bandwidth_hz(analysis: Analysis, spoken: tuple[Region, ...]) -> int:
    heard_w = window_mask(spoken, len(analysis.spectrum_wf), STEP_MS)
    if not heard_w.any():
        return 0
    mean_f = analysis.spectrum_wf[heard_w].mean(axis=0, dtype=np.float64)
    threshold = mean_f.max() * 10 ** (-BANDWIDTH_BELOW_PEAK_DB / 10)
    audible = np.flatnonzero(mean_f >= threshold) if mean_f.max() > 0 else np.zeros(0, int)
    return round(float(audible[-1] * BIN_HZ)) if len(audible) else 0


def _clipping_share(analysis: Analysis, stretch: Region) -> float:
    facts = analysis.facts
    first, last = stretch.start_ms // STEP_MS, -(-stretch.end_ms // STEP_MS)
    clipped = sum(
        count for step, count in facts.clipped_samples_by_step.items() if first <= step < last
    )
    seconds = max(1, last - first) * STEP_MS / 1_000
    return round(clipped / (seconds * facts.original_sample_rate_hz * facts.original_channels), 7)


def _longest_silence_ms(spoken: tuple[Region, ...], stretch: Region) -> int:
    edges = [stretch.start_ms, *(t for r in spoken for t in (r.start_ms, r.end_ms)), stretch.end_ms]
    return max(end - start for start, end in zip(edges[::2], edges[1::2], strict=True))


def _rounded(decibels: float) -> float:
    return round(decibels, 2)
