"""Measures what the room adds to a voice: how long sound lingers, and tones behind the speech."""

from typing import Final

import numpy as np

from training.prepare.analysis import FRAME_MS, STEP_MS, Analysis
from training.prepare.noise import FLOOR_DB, decibel, nearest, outside_speech
from training.prepare.regions import Region, window_mask

ENOUGH_TONE_STEPS: Final = 5
PAUSE_SHOWING_DECAY_MS: Final = 250
LAST_SOUND_MS: Final = 300
"""The last sound before a pause is looked for this far before the pause."""
DECAY_FROM_DB: Final = 5.0
DECAY_TO_DB: Final = 25.0
"""The fall is timed between these, as T20 of ISO 3382-2 is: the first fall is the voice's own."""
ABOVE_NOISE_DB: Final = 6.0
LEAST_FALL_DB: Final = 10.0
QUIETEST_SHARE: Final = 0.05


def decay_ms(analysis: Analysis, stretch: Region) -> int:
    """The time in which sound falls by 60 dB after speech stops, the median over the pauses.

    Follows the reverberation time of a room; a dry voice falls in about 100 ms. 0 where no pause
    shows a fall of 10 dB above the noise.
    """
    if not len(analysis.power_w):
        return 0
    floor_db = decibel(float(np.quantile(analysis.power_w, QUIETEST_SHARE))) + ABOVE_NOISE_DB
    starts = [region.start_ms for region in analysis.speech[1:]] + [analysis.duration_ms]
    falls = [
        _fall_ms(analysis, region.end_ms, next_ms, floor_db)
        for region, next_ms in zip(analysis.speech, starts, strict=False)
        if stretch.start_ms < region.end_ms <= stretch.end_ms
        and next_ms - region.end_ms >= PAUSE_SHOWING_DECAY_MS
    ]
    seen = [fall for fall in falls if fall is not None]
    return round(float(np.median(seen))) if seen else 0


def _fall_ms(analysis: Analysis, end_ms: int, next_ms: int, floor_db: float) -> float | None:
    first = max(0, end_ms - LAST_SOUND_MS) // FRAME_MS
    power_w = analysis.power_w[first : next_ms // FRAME_MS]
    smooth_w = np.convolve(power_w, np.full(3, 1 / 3), "same")
    level_w = 10 * np.log10(np.maximum(smooth_w, 10 ** (FLOOR_DB / 10)))
    peak_db = float(level_w.max())
    tail_w = level_w[np.flatnonzero(level_w > peak_db - DECAY_FROM_DB)[-1] :]
    fallen = np.flatnonzero(tail_w < max(peak_db - DECAY_TO_DB, floor_db))
    if not len(fallen):
        return None
    fall_db = float(tail_w[0] - tail_w[fallen[0]])
    return 60 * int(fallen[0]) * FRAME_MS / fall_db if fall_db >= LEAST_FALL_DB else None


def tonal_background_db(analysis: Analysis, stretch: Region, spoken: tuple[Region, ...]) -> float:
    """Level of tones (music, hum, whistling) in the pauses relative to the speech, at least -120.

    Broadband noise counts by less than a hundredth: white noise 20 dB below reads about -45.
    """
    pauses_w = outside_speech(analysis, len(analysis.tonal_power_w), STEP_MS)
    steps = nearest(pauses_w, stretch, STEP_MS, enough=ENOUGH_TONE_STEPS)
    speech_w = analysis.power_w[window_mask(spoken, len(analysis.power_w), FRAME_MS)]
    if not len(steps) or not speech_w.any():
        return FLOOR_DB
    tones_db = decibel(float(analysis.tonal_power_w[steps].mean()))
    return max(FLOOR_DB, tones_db - decibel(float(speech_w.mean())))
