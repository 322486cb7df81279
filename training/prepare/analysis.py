"""Walks a prepared recording once and keeps the short-time facts that all later questions need.

Shapes: s = samples, w = windows of one kind, f = frequency bins. A recording of two hours is read
in blocks and its facts take about 45 MB; the samples are never held whole.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray
from pyloudnorm.iirfilter import IIRfilter

from training.prepare.decode import CLIPPING_STEP_MS, SAMPLE_RATE_HZ, DecodedFacts
from training.prepare.regions import Region
from training.prepare.vad import VAD_RATE_HZ, SpeechDetector, speech_regions

FRAME_MS: Final = 10
STEP_MS: Final = CLIPPING_STEP_MS
FRAME_SAMPLES: Final = SAMPLE_RATE_HZ * FRAME_MS // 1_000
STEP_SAMPLES: Final = SAMPLE_RATE_HZ * STEP_MS // 1_000
BLOCK_SAMPLES: Final = 100 * STEP_SAMPLES
OVERSAMPLING: Final = 4
FFT_SAMPLES: Final = 256
BIN_HZ: Final = SAMPLE_RATE_HZ / FFT_SAMPLES
LOWEST_TONE_HZ: Final = 200
HIGHEST_TONE_HZ: Final = 5_000
TONE_NEIGHBOURHOOD_HZ: Final = 400
TONE_ABOVE_MEDIAN: Final = 10.0
"""Of noise, one part in a hundred exceeds this multiple of the median around it; of a tone, all."""
SETTLING_SAMPLES: Final = SAMPLE_RATE_HZ // 2
"""The weighting filters forget a state within this, to far below the precision of a float."""


@dataclass(frozen=True, kw_only=True)
class Analysis:
    """Short-time facts of one mono recording at 32 kHz, and what it was before."""

    facts: DecodedFacts
    duration_ms: int
    mean_w: NDArray[np.float64]
    """Mean of the samples per FRAME_MS."""
    power_w: NDArray[np.float64]
    """Mean square per FRAME_MS of what lies above 38 Hz: neither offset nor rumble is a voice."""
    weighted_power_w: NDArray[np.float64]
    """Mean square after K-weighting (ITU-R BS.1770) per STEP_MS."""
    true_peak_w: NDArray[np.float64]
    """Largest magnitude at four times the rate, per STEP_MS."""
    tonal_power_w: NDArray[np.float64]
    """Mean square per STEP_MS of what stands out of the spectrum as lines: tones, not noise."""
    spectrum_wf: NDArray[np.float32]
    """Mean power spectrum per STEP_MS, in bins of BIN_HZ."""
    speech: tuple[Region, ...]


def analyse(
    wav: Path, facts: DecodedFacts, *, on_block: Callable[[int], None] | None = None
) -> Analysis:
    """Read a mono 32 kHz WAV as written by ingest; `on_block` hears how many ms are done."""
    walk = _Walk()
    with soundfile.SoundFile(wav) as file:
        for block_s in file.blocks(BLOCK_SAMPLES, dtype="float32"):
            walk.take(block_s)
            if on_block is not None:
                on_block(walk.samples * 1_000 // SAMPLE_RATE_HZ)
    return walk.finish(facts)


class _Walk:
    """Accumulates the facts block by block."""

    def __init__(self) -> None:
        self.samples = 0
        self._mean: list[NDArray[np.float64]] = []
        self._power: list[NDArray[np.float64]] = []
        self._weighted: list[NDArray[np.float64]] = []
        self._tonal: list[NDArray[np.float64]] = []
        self._spectrum: list[NDArray[np.float32]] = []
        self._probabilities: list[float] = []
        self._peaks: list[NDArray[np.float32]] = []
        self._before_s = np.zeros(SETTLING_SAMPLES, np.float32)
        self._detector = SpeechDetector()
        self._to_vad = soxr.ResampleStream(SAMPLE_RATE_HZ, VAD_RATE_HZ, 1, dtype="float32")
        self._to_peak = soxr.ResampleStream(
            SAMPLE_RATE_HZ, OVERSAMPLING * SAMPLE_RATE_HZ, 1, dtype="float32", quality="MQ"
        )
        self._upsampled_s = np.zeros(0, np.float32)
        self._high_pass = IIRfilter(0.0, 0.5, 38.0, SAMPLE_RATE_HZ, "high_pass")
        self._head_shelf = IIRfilter(4.0, 1 / np.sqrt(2), 1500.0, SAMPLE_RATE_HZ, "high_shelf")
        self._window_s = np.hanning(FFT_SAMPLES).astype(np.float32)

    def take(self, block_s: NDArray[np.float32]) -> None:
        """The next samples; only the last block may be shorter than BLOCK_SAMPLES."""
        self.samples += len(block_s)
        seen_s = np.concatenate([self._before_s, block_s])
        self._before_s = seen_s[-SETTLING_SAMPLES:]
        above_38_hz_s = self._high_pass.apply_filter(seen_s)
        weighted_s = self._head_shelf.apply_filter(above_38_hz_s)[SETTLING_SAMPLES:]
        self._mean.append(_by_frame(block_s).mean(axis=1))
        self._power.append(np.square(_by_frame(above_38_hz_s[SETTLING_SAMPLES:])).mean(axis=1))
        self._weighted.append(_power_by_step(weighted_s))
        steps_ws = _by_step(block_s)
        self._tonal.append(_tonal_power(steps_ws))
        self._spectrum.append(self._spectra(steps_ws))
        self._hear(block_s, last=False)

    def _hear(self, block_s: NDArray[np.float32], *, last: bool) -> None:
        for_vad_s = self._to_vad.resample_chunk(block_s, last=last)
        self._probabilities += self._detector.listen(for_vad_s)
        upsampled_s = np.abs(self._to_peak.resample_chunk(block_s, last=last))
        pending_s = np.concatenate([self._upsampled_s, upsampled_s])
        step = OVERSAMPLING * STEP_SAMPLES
        if last:
            pending_s = np.pad(pending_s, (0, -len(pending_s) % step))
        whole = len(pending_s) // step * step
        self._peaks.append(pending_s[:whole].reshape(-1, step).max(axis=1))
        self._upsampled_s = pending_s[whole:]

    def _spectra(self, steps_ws: NDArray[np.float32]) -> NDArray[np.float32]:
        pieces = STEP_SAMPLES // FFT_SAMPLES
        pieces_wps = steps_ws[:, : pieces * FFT_SAMPLES].reshape(-1, pieces, FFT_SAMPLES)
        spectra_wpf = np.abs(np.fft.rfft(pieces_wps * self._window_s)).astype(np.float32)
        return np.asarray(np.square(spectra_wpf).mean(axis=1), np.float32)

    def finish(self, facts: DecodedFacts) -> Analysis:
        """Flush the resamplers and hand out what was gathered."""
        self._hear(np.zeros(0, np.float32), last=True)
        weighted_w = np.concatenate(self._weighted)
        return Analysis(
            facts=facts,
            duration_ms=self.samples * 1_000 // SAMPLE_RATE_HZ,
            mean_w=np.concatenate(self._mean),
            power_w=np.concatenate(self._power),
            weighted_power_w=weighted_w,
            true_peak_w=np.concatenate(self._peaks)[: len(weighted_w)].astype(np.float64),
            tonal_power_w=np.concatenate(self._tonal),
            spectrum_wf=np.concatenate(self._spectrum),
            speech=speech_regions(self._probabilities),
        )


def _by_frame(samples_s: NDArray[np.floating]) -> NDArray[np.float64]:
    whole = len(samples_s) // FRAME_SAMPLES * FRAME_SAMPLES
    return samples_s[:whole].reshape(-1, FRAME_SAMPLES).astype(np.float64)


def _by_step(samples_s: NDArray[np.float32]) -> NDArray[np.float32]:
    """Samples as rows of one step each, the last one filled up with silence."""
    return np.pad(samples_s, (0, -len(samples_s) % STEP_SAMPLES)).reshape(-1, STEP_SAMPLES)


def _tonal_power(steps_ws: NDArray[np.float32]) -> NDArray[np.float64]:
    """Power of the spectral lines of each step between 200 and 5000 Hz, in bins of 10 Hz."""
    window_s = np.hanning(STEP_SAMPLES)
    spectrum_wf = np.square(np.abs(np.fft.rfft(steps_ws * window_s, axis=1)))
    bin_hz = SAMPLE_RATE_HZ // STEP_SAMPLES
    band_wf = spectrum_wf[:, LOWEST_TONE_HZ // bin_hz : HIGHEST_TONE_HZ // bin_hz]
    around_wnf = band_wf.reshape(len(band_wf), -1, TONE_NEIGHBOURHOOD_HZ // bin_hz)
    median_wn1 = np.median(around_wnf, axis=2, keepdims=True)
    lines_wnf = np.where(around_wnf > TONE_ABOVE_MEDIAN * median_wn1, around_wnf, 0.0)
    # Parseval: twice the one-sided power, over the window's own energy and the step's length.
    scale = 2 / (np.square(window_s).sum() * STEP_SAMPLES)
    return np.asarray(lines_wnf.sum(axis=(1, 2)) * scale, np.float64)


def _power_by_step(samples_s: NDArray[np.float64]) -> NDArray[np.float64]:
    starts = np.arange(0, len(samples_s), STEP_SAMPLES)
    lengths = np.minimum(STEP_SAMPLES, len(samples_s) - starts)
    return np.asarray(np.add.reduceat(np.square(samples_s), starts) / lengths, np.float64)
