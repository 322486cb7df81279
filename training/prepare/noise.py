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
    near_speech_w = window_mask(analysis.speech, len(power_w), FRAME_MS, grow_ms=GUARD_MS)
    muted_w = power_w <= 10 ** (MUTED_DBFS / 10)
    pauses_w = np.flatnonzero(~near_speech_w & ~muted_w)
    if len(pauses_w) < np.count_nonzero(~near_speech_w & muted_w):
        pauses_w = pauses_w[:0]
    in_speech_w = window_mask(spoken, len(power_w), FRAME_MS)
    speech_w = power_w[in_speech_w]
    own = pauses_w[
        (pauses_w >= stretch.start_ms // FRAME_MS) & (pauses_w < stretch.end_ms // FRAME_MS)
    ]
    if len(own) < ENOUGH_NOISE_FRAMES and len(pauses_w):
        middle = (stretch.start_ms + stretch.end_ms) // 2 // FRAME_MS
        own = pauses_w[np.argsort(np.abs(pauses_w - middle), kind="stable")[:ENOUGH_NOISE_FRAMES]]
    noise_power = _trimmed_mean(power_w[own])
    if not len(own) and (in_speech_w & ~muted_w).any():
        audible_w = power_w[in_speech_w & ~muted_w]
        noise_power = float(np.quantile(audible_w, QUIETEST_SHARE_OF_SPEECH))
    if not len(speech_w):
        return noise_power, 0.0
    speech_power = max(float(speech_w.mean()) - noise_power, 0.0)
    snr_db = decibel(speech_power) - decibel(noise_power)
    return noise_power, min(MAX_SNR_DB, max(-MAX_SNR_DB, snr_db))


def _trimmed_mean(power_w: NDArray[np.float64]) -> float:
    if not len(power_w):
        return 0.0
    kept = max(1, int(len(power_w) * (1 - LOUDEST_SHARE_OF_NOISE)))
    return float(np.sort(power_w)[:kept].mean())


def decibel(power: float) -> float:
    """10 lg of a power, at least FLOOR_DB."""
    return float(10 * np.log10(max(power, 10 ** (FLOOR_DB / 10))))
