"""Measures what is added to a voice: lingering sound, tones behind it, gaps that are filled."""

from typing import Final

import numpy as np

from training.prepare.analysis import BIN_HZ, FRAME_MS, STEP_MS, Analysis
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
FLATNESS_BAND_HZ: Final = (200, 5_000)
INAUDIBLE_BELOW_SPEECH_DB: Final = 50.0
"""White noise so far below the speech is added before flatness is taken: fainter tones are none."""
SYLLABLES_HZ: Final = (2.0, 8.0)
SHORTEST_FOR_SYLLABLES_MS: Final = 1_000


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


def pause_flatness(analysis: Analysis, stretch: Region, spoken: tuple[Region, ...]) -> float:
    """Geometric over arithmetic mean of the pauses' spectra, the median: 1 is noise, 0 a tone.

    Music 35 dB below the speech gives less than 0.35, a quiet or hissing room more than 0.95. 1
    where there is no pause.
    """
    pauses_w = outside_speech(analysis, len(analysis.spectrum_wf), STEP_MS)
    steps = nearest(pauses_w, stretch, STEP_MS, enough=ENOUGH_TONE_STEPS)
    first, end = (round(hz / BIN_HZ) for hz in FLATNESS_BAND_HZ)
    heard_w = window_mask(spoken, len(analysis.spectrum_wf), STEP_MS)
    speech_wf = analysis.spectrum_wf[heard_w, first:end].astype(np.float64)
    if not len(steps) or not speech_wf.any():
        return 1.0
    faint = speech_wf.mean() * 10 ** (-INAUDIBLE_BELOW_SPEECH_DB / 10)
    pauses_wf = analysis.spectrum_wf[steps, first:end] + faint
    flatness_w = np.exp(np.log(pauses_wf).mean(axis=1)) / pauses_wf.mean(axis=1)
    return float(np.median(flatness_w))


def syllable_modulation(analysis: Analysis, spoken: tuple[Region, ...]) -> float:
    """How deep the amplitude of speech swings at 2 to 8 Hz, over its mean; needs no pause.

    Dry speech reaches 0.5 to 0.75; rooms and music that fill the gaps between syllables make it
    less (Houtgast and Steeneken 1985). 1 where nothing of a second or more is spoken.
    """
    depths, lengths = [], []
    for region in spoken:
        frames = slice(region.start_ms // FRAME_MS, region.end_ms // FRAME_MS)
        envelope_w = np.sqrt(analysis.power_w[frames])
        if region.duration_ms < SHORTEST_FOR_SYLLABLES_MS or not envelope_w.any():
            continue
        window_w = np.hanning(len(envelope_w))
        swing_w = (envelope_w / envelope_w.mean() - 1) * window_w
        power_f = np.square(np.abs(np.fft.rfft(swing_w)))
        hz_f = np.fft.rfftfreq(len(swing_w), FRAME_MS / 1_000)
        low, high = SYLLABLES_HZ
        inside = power_f[(hz_f >= low) & (hz_f < high)].sum()
        # Parseval, one side of the spectrum; the window has taken its share.
        depths.append(np.sqrt(2 * inside / (len(swing_w) * np.square(window_w).sum())))
        lengths.append(region.duration_ms)
    return float(np.average(depths, weights=lengths)) if depths else 1.0
