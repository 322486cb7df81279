"""Short-time facts of a voice at 16 kHz: its frames, pitch and mel cepstra, and voices on top.

Shapes: s samples, w frames, m mel bands.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

RATE_HZ: Final = 16_000
FRAME_SAMPLES: Final = 1_024
STEP_SAMPLES: Final = 160
LOUD_BELOW_PEAK_DB: Final = 30.0
LOWEST_HZ: Final = 65
HIGHEST_HZ: Final = 400
PERIODIC: Final = 0.6
"""Normalised autocorrelation above which a frame is voiced."""
MELS: Final = 40
MEL_RANGE_HZ: Final = (80.0, 7_600.0)

LONG_SAMPLES: Final = 1_600
CANCEL_SAMPLES: Final = 400
CANCEL_STEP_SAMPLES: Final = 320
VOICE_BAND_HZ: Final = (60.0, 1_500.0)
LEFT_OVER: Final = 0.15
SAME_PERIOD: Final = (1 / 3, 1 / 2, 1.0, 2.0, 3.0)
SAME_PERIOD_TOLERANCE: Final = 0.06

Samples = NDArray[np.floating]
Frames = NDArray[np.float64]


def frames_of(wave_s: Samples) -> Frames:
    """The loud frames [w, FRAME_SAMPLES] of a wave; a wave shorter than one is padded."""
    return _loud(_windows(wave_s, FRAME_SAMPLES, STEP_SAMPLES), LOUD_BELOW_PEAK_DB)


def pitch_of(frames_ws: Frames) -> NDArray[np.float64]:
    """Fundamental frequency in Hz of each frame, NaN where it is not periodic."""
    correlation_wl = _autocorrelation(frames_ws)
    lags = np.arange(RATE_HZ // HIGHEST_HZ, RATE_HZ // LOWEST_HZ)
    within = correlation_wl[:, lags]
    best = within.argmax(axis=1)
    return np.where(within.max(axis=1) > PERIODIC, RATE_HZ / lags[best], np.nan)


def mel_cepstra(frames_ws: Frames) -> NDArray[np.float64]:
    """Mel-frequency cepstra [w, 20] (Davis and Mermelstein 1980) of the frames' middles."""
    quarter = FRAME_SAMPLES // 4
    middle_ws = frames_ws[:, quarter:-quarter] * np.hanning(FRAME_SAMPLES // 2)
    power_wf = np.abs(np.fft.rfft(middle_ws, axis=1)) ** 2
    mels_wm = np.log(power_wf @ _mel_bands(FRAME_SAMPLES // 2) + 1e-8 * max(power_wf.max(), 1e-12))
    order, band = np.arange(20)[:, None], np.arange(MELS)
    cosines = np.cos(np.pi * order * (band + 0.5) / MELS) * np.sqrt(2 / MELS)
    return np.asarray(mels_wm @ cosines.T)


def share_of_two_voices(wave_s: Samples) -> float:
    """The share of loud frames in which a second pitch remains when the first is cancelled.

    The first is cancelled by subtracting the wave one period before (de Cheveigne 1993). One
    synthetic voice stays below 0.035; two on top of each other, or music, mostly exceed 0.1.
    """
    spectrum = np.fft.rfft(wave_s)
    hz = np.linspace(0, RATE_HZ / 2, len(spectrum))
    spectrum[(hz < VOICE_BAND_HZ[0]) | (hz > VOICE_BAND_HZ[1])] = 0
    band_s = np.fft.irfft(spectrum, len(wave_s))
    frames_ws = _loud(_windows(band_s, LONG_SAMPLES + CANCEL_SAMPLES, CANCEL_STEP_SAMPLES), 20.0)
    present_ws = frames_ws[:, CANCEL_SAMPLES:]
    lags = np.arange(RATE_HZ // HIGHEST_HZ, RATE_HZ // LOWEST_HZ)
    period_w = lags[_autocorrelation(present_ws)[:, lags].argmax(axis=1)]
    rest_ws = np.stack(
        [
            row[CANCEL_SAMPLES:] - row[CANCEL_SAMPLES - period : len(row) - period]
            for row, period in zip(frames_ws, period_w, strict=True)
        ]
    )
    left_w = (rest_ws**2).mean(axis=1) / np.maximum(2 * (present_ws**2).mean(axis=1), 1e-12)
    correlation_wl = _autocorrelation(rest_ws)[:, lags]
    for factor in SAME_PERIOD:
        same_w = period_w[:, None] * factor
        near = np.abs(lags - same_w) < SAME_PERIOD_TOLERANCE * same_w + 1
        correlation_wl = np.where(near, -1.0, correlation_wl)
    return float(((left_w > LEFT_OVER) & (correlation_wl.max(axis=1) > PERIODIC)).mean())


def _windows(wave_s: Samples, size: int, step: int) -> Frames:
    padded = np.pad(np.asarray(wave_s, np.float64), (0, max(0, size - len(wave_s))))
    return np.asarray(np.lib.stride_tricks.sliding_window_view(padded, size)[::step])


def _loud(frames_ws: Frames, below_peak_db: float) -> Frames:
    power_w = (frames_ws**2).mean(axis=1)
    loud_ws: Frames = frames_ws[power_w >= power_w.max() * 10 ** (-below_peak_db / 10)]
    return loud_ws


def _autocorrelation(frames_ws: Frames) -> NDArray[np.float64]:
    """[w, lag], 1 at lag 0, evened out for the shorter overlap at longer lags."""
    size, longest = frames_ws.shape[1], RATE_HZ // LOWEST_HZ + 1
    centred_ws = frames_ws - frames_ws.mean(axis=1, keepdims=True)
    power_wf = np.abs(np.fft.rfft(centred_ws, 2 * size, axis=1)) ** 2
    raw_wl = np.fft.irfft(power_wf, axis=1)[:, :longest]
    shrink_l = 1 - np.arange(longest) / size
    return np.asarray(raw_wl / shrink_l / np.maximum(raw_wl[:, :1], 1e-12))


def _mel_bands(fft_samples: int) -> NDArray[np.float64]:
    """Triangles [f, m], equally wide on the mel scale (O'Shaughnessy 1987)."""
    low, high = (2595 * np.log10(1 + hz / 700) for hz in MEL_RANGE_HZ)
    corners = 700 * (10 ** (np.linspace(low, high, MELS + 2) / 2595) - 1)
    hz = np.linspace(0, RATE_HZ / 2, fft_samples // 2 + 1)[:, None]
    rising = (hz - corners[:-2]) / np.diff(corners)[:-1]
    falling = (corners[2:] - hz) / np.diff(corners)[1:]
    return np.asarray(np.maximum(0, np.minimum(rising, falling)))
