"""Estimates the noise under a voice and how far the voice stands above it.

Noise is the mean power of the 10 ms frames that lie outside speech and at least GUARD_MS away from
it, without the loudest tenth (clicks, breaths). A stretch with too little of its own borrows the
frames nearest to it. Frames below MUTED_DBFS are no room tone: a noise gate,
an editor or a synthesizer put silence there. Where that is most of the pauses, the noise under the
speech is taken from the speech itself: the level of its quietest twentieth, its stops and closures.
The ratio is 10 lg((speech - noise) / noise), with the mean power of the speech frames.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from training.prepare.analysis import FRAME_MS, Analysis
from training.prepare.regions import Region, window_mask

FLOOR_DB: Final = -120.0
GUARD_MS: Final = 150
ENOUGH_NOISE_FRAMES: Final = 50
LOUDEST_SHARE_OF_NOISE: Final = 0.1
MUTED_DBFS: Final = -85.0
QUIETEST_SHARE_OF_SPEECH: Final = 0.05
MAX_SNR_DB: Final = 100.0


def noise_and_snr(
    analysis: Analysis, stretch: Region, spoken: tuple[Region, ...]
) -> tuple[float, float]:
    """Noise power and signal-to-noise ratio in dB, as the module describes."""
    power_w = analysis.power_w
    muted_w = power_w <= 10 ** (MUTED_DBFS / 10)
    own = power_w[:0].astype(int)
    pauses_w = outside_speech(analysis, len(power_w), FRAME_MS)
    if np.count_nonzero(pauses_w & ~muted_w) >= np.count_nonzero(pauses_w & muted_w):
        own = nearest(pauses_w & ~muted_w, stretch, FRAME_MS, enough=ENOUGH_NOISE_FRAMES)
    in_speech_w = window_mask(spoken, len(power_w), FRAME_MS)
    speech_w = power_w[in_speech_w]
    noise_power = _trimmed_mean(power_w[own])
    if not len(own) and (in_speech_w & ~muted_w).any():
        audible_w = power_w[in_speech_w & ~muted_w]
        noise_power = float(np.quantile(audible_w, QUIETEST_SHARE_OF_SPEECH))
    if not len(speech_w):
        return noise_power, 0.0
    speech_power = max(float(speech_w.mean()) - noise_power, 0.0)
    snr_db = decibel(speech_power) - decibel(noise_power)
    return noise_power, min(MAX_SNR_DB, max(-MAX_SNR_DB, snr_db))


def outside_speech(analysis: Analysis, windows: int, window_ms: int) -> NDArray[np.bool_]:
    """Which windows lie at least GUARD_MS away from any speech."""
    return ~window_mask(analysis.speech, windows, window_ms, grow_ms=GUARD_MS)


def nearest(
    usable_w: NDArray[np.bool_], stretch: Region, window_ms: int, *, enough: int
) -> NDArray[np.intp]:
    """Indexes of the usable windows in the stretch, or of the `enough` nearest to its middle."""
    usable = np.flatnonzero(usable_w)
    first, end = stretch.start_ms // window_ms, stretch.end_ms // window_ms
    inside = usable[(usable >= first) & (usable < end)]
    if len(inside) >= enough:
        return inside
    return usable[np.argsort(np.abs(usable - (first + end) // 2), kind="stable")[:enough]]


def _trimmed_mean(power_w: NDArray[np.float64]) -> float:
    if not len(power_w):
        return 0.0
    kept = max(1, int(len(power_w) * (1 - LOUDEST_SHARE_OF_NOISE)))
    return float(np.sort(power_w)[:kept].mean())


def decibel(power: float) -> float:
    """10 lg of a power, at least FLOOR_DB."""
    return float(10 * np.log10(max(power, 10 ** (FLOOR_DB / 10))))
