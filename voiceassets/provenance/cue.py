"""The audible label of GB 45438-2025 section 5.3: short long, short short (Morse A·I).

Shapes: s samples.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RHYTHM = (("short", "long"), ("short", "short"))
UNIT_MS = 90
LONG_UNITS = 3
LETTER_GAP_UNITS = 3
TONE_HZ = 880.0
LEVEL_DBFS = -20.0
RAMP_MS = 8
PAUSE_MS = 300
SEARCHED_S = 3
LIKE_THE_CUE = 0.7


def cue(sample_rate_hz: int) -> NDArray[np.int16]:
    """The rhythm as 16-bit samples [s], about a second long, without the pause after it.

    A dot lasts one unit, a dash three, the gap inside a letter one, between letters three
    (ITU-R M.1677-1, part I, section 2).
    """
    unit = round(sample_rate_hz * UNIT_MS / 1000)
    parts: list[NDArray[np.float64]] = []
    for number, letter in enumerate(RHYTHM):
        if number:
            parts.append(np.zeros(unit * LETTER_GAP_UNITS))
        for place, length in enumerate(letter):
            if place:
                parts.append(np.zeros(unit))
            parts.append(_tone(unit * (LONG_UNITS if length == "long" else 1), sample_rate_hz))
    wave_s = np.concatenate(parts) * 10 ** (LEVEL_DBFS / 20)
    return np.round(wave_s * np.iinfo(np.int16).max).astype(np.int16)


def with_cue(speech_s: NDArray[np.int16], *, sample_rate_hz: int) -> NDArray[np.int16]:
    """The cue, a short pause, then the speech [s]."""
    pause = np.zeros(round(sample_rate_hz * PAUSE_MS / 1000), np.int16)
    return np.concatenate([cue(sample_rate_hz), pause, speech_s])


def has_cue(wave_s: NDArray[np.float32], *, sample_rate_hz: int) -> bool:
    """Whether the first seconds of a wave [s] hold the rhythm, also after lossy coding."""
    template_s = cue(sample_rate_hz).astype(np.float64)
    opening_s = wave_s[: SEARCHED_S * sample_rate_hz].astype(np.float64)
    if len(opening_s) < len(template_s):
        return False
    size = len(opening_s) + len(template_s)
    spectrum = np.fft.rfft(opening_s, size) * np.conj(np.fft.rfft(template_s, size))
    places = len(opening_s) - len(template_s) + 1
    agreement = np.fft.irfft(spectrum, size)[:places]
    total = np.cumsum(np.pad(opening_s**2, (1, 0)))
    energy = total[len(template_s) :] - total[:places]
    scale = np.sqrt(energy * (template_s**2).sum()) + 1e-9
    return bool((agreement / scale).max() > LIKE_THE_CUE)


def _tone(samples: int, sample_rate_hz: int) -> NDArray[np.float64]:
    time_s = np.arange(samples) / sample_rate_hz
    ramp = min(samples // 2, round(sample_rate_hz * RAMP_MS / 1000))
    rise = 0.5 - 0.5 * np.cos(np.pi * np.arange(ramp) / ramp)
    envelope = np.ones(samples)
    envelope[:ramp], envelope[samples - ramp :] = rise, rise[::-1]
    tone: NDArray[np.float64] = np.sin(2 * np.pi * TONE_HZ * time_s) * envelope
    return tone
