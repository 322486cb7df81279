"""What is done to the sound after the voice: silence cut, level, peaks, sample rate.

Loudness is measured after ITU-R BS.1770-4. One gain holds for a sentence and changes little from
one sentence to the next, so nothing pumps; peaks between samples are found at four times the rate
and turned down smoothly. Everything is causal by sentence, or by chunk of a streamed one, so what
was handed out never has to be taken back.
"""

import warnings
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import pyloudnorm
import soxr
from numpy.typing import NDArray
from scipy.ndimage import minimum_filter1d, uniform_filter1d

from synthesis.speaking import silence
from synthesis.speaking.silence import Range
from synthesis.types import Finish, Pcm

BLOCK_S = 0.4
SHORTEST_S = 0.1
# From one sentence to the next the gain may change by so much.
STEP_DB = 1.5
MOST_GAIN_DB = 20.0
LEAST_GAIN_DB = -40.0
FADE_MS = 4
LIMITER_MS = 5
OVERSAMPLING = 4


@cache
def _meter(sample_rate_hz: int, block_ms: int) -> pyloudnorm.Meter:
    return pyloudnorm.Meter(sample_rate_hz, block_size=block_ms / 1000)


def loudness_lufs(pcm: Pcm, sample_rate_hz: int) -> float | None:
    """Integrated loudness; None for a sound that is too short or too soft to have one."""
    seconds = len(pcm) / sample_rate_hz
    if seconds < SHORTEST_S:
        return None
    block_ms = min(int(BLOCK_S * 1000), int(seconds * 1000))
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        # Below the gate there is nothing to take the mean of, which the library warns of.
        warnings.simplefilter("ignore", RuntimeWarning)
        measured = float(_meter(sample_rate_hz, block_ms).integrated_loudness(pcm))
    return measured if np.isfinite(measured) else None


def true_peak(pcm: Pcm) -> Pcm:
    """Per sample the largest magnitude at it and between it and the next one."""
    if not len(pcm):
        return pcm
    dense = np.abs(soxr.resample(pcm, 1, OVERSAMPLING))[: OVERSAMPLING * len(pcm)]
    padded = np.pad(dense, (0, OVERSAMPLING * len(pcm) - len(dense)))
    peaks: Pcm = np.maximum(padded.reshape(-1, OVERSAMPLING).max(axis=1), np.abs(pcm))
    return peaks


def limited(pcm: Pcm, sample_rate_hz: int, peak_dbtp: float) -> Pcm:
    """The sound with every peak at or below the ceiling, turned down around it and not cut off."""
    ceiling = 10 ** (peak_dbtp / 20)
    peaks = true_peak(pcm)
    if not len(pcm) or peaks.max() <= ceiling:
        return pcm
    width = 2 * (sample_rate_hz * LIMITER_MS // 1000) + 1
    wanted = np.minimum(1.0, ceiling / np.maximum(peaks, 1e-9))
    # The mean over a window of minima over the same window never exceeds what is wanted.
    gain = uniform_filter1d(minimum_filter1d(wanted, width, mode="nearest"), width, mode="nearest")
    turned: Pcm = np.clip(pcm * gain, -ceiling, ceiling).astype(np.float32)
    return turned


@dataclass
class Leveller:
    """Chooses each sentence's gain so that all that was spoken so far meets the target."""

    target_lufs: float | None
    _energy: float = 0.0
    _seconds: float = 0.0
    _gain_db: float | None = None

    def gain_db(self, measured_lufs: float | None, seconds: float) -> float:
        """The gain of a sentence of which this much is known before it is heard."""
        if self.target_lufs is None:
            return 0.0
        if measured_lufs is None:
            return self._gain_db or 0.0
        energy = self._energy + seconds * 10 ** (measured_lufs / 10)
        wanted = self.target_lufs - 10 * np.log10(energy / (self._seconds + seconds))
        if self._gain_db is not None:
            wanted = np.clip(wanted, self._gain_db - STEP_DB, self._gain_db + STEP_DB)
        return float(np.clip(wanted, LEAST_GAIN_DB, MOST_GAIN_DB))

    def keep(self, gain_db: float, measured_lufs: float | None, seconds: float) -> None:
        """A sentence was heard with this gain; its own loudness counts from now on."""
        self._gain_db = gain_db
        if measured_lufs is not None:
            self._energy += seconds * 10 ** (measured_lufs / 10)
            self._seconds += seconds


@dataclass(kw_only=True)
class LineFinish:
    """The sound of one sentence on its way out, in one part or several.

    `removed` are the ranges of its samples that were cut, counted from its beginning.
    """

    finish: Finish
    sample_rate_hz: int
    leveller: Leveller
    volume_db: float
    removed: list[Range] = field(default_factory=list)
    _raw: list[Pcm] = field(default_factory=list)
    _taken: int = 0
    _speech_db: float | None = None
    _gain_db: float | None = None

    def add(self, pcm: Pcm, *, last: bool) -> Pcm:
        """The next part of the sentence as it is to be heard; `last` when nothing follows."""
        loudness = silence.measure(pcm, self.sample_rate_hz, speech_db=self._speech_db)
        self._speech_db = max(loudness.speech_db, self._speech_db or loudness.speech_db)
        begins = self._gain_db is None
        ranges = silence.excess(
            loudness,
            len(pcm),
            first=begins,
            last=last,
            trim=self.finish.trim,
            longest_ms=self.finish.longest_silence_ms,
        )
        self.removed.extend((self._taken + start, self._taken + end) for start, end in ranges)
        self._taken += len(pcm)
        kept = silence.without(pcm, ranges)
        self._raw.append(kept)
        if len(kept):
            kept = self._levelled(kept, fade_in=begins, fade_out=last)
        if last:
            whole = np.concatenate(self._raw)
            measured = loudness_lufs(whole, self.sample_rate_hz)
            self.leveller.keep(self._gain_db or 0.0, measured, len(whole) / self.sample_rate_hz)
        return kept

    def _levelled(self, pcm: Pcm, *, fade_in: bool, fade_out: bool) -> Pcm:
        if self._gain_db is None:
            measured = loudness_lufs(pcm, self.sample_rate_hz)
            seconds = len(pcm) / self.sample_rate_hz
            self._gain_db = self.leveller.gain_db(measured, seconds)
        gain = 10 ** ((self._gain_db + self.volume_db + self.finish.volume_db) / 20)
        louder: Pcm = (pcm * np.float32(gain)).astype(np.float32)
        return _faded(
            limited(louder, self.sample_rate_hz, self.finish.peak_dbtp),
            self.sample_rate_hz * FADE_MS // 1000,
            fade_in=fade_in,
            fade_out=fade_out,
        )


def _faded(pcm: Pcm, samples: int, *, fade_in: bool, fade_out: bool) -> Pcm:
    """The sound with its ends drawn from and to zero, so that no join is a step."""
    count = min(samples, len(pcm) // 2)
    rising: NDArray[np.float32] = np.linspace(0, 1, count, endpoint=False, dtype=np.float32)
    faded = pcm.copy()
    if fade_in:
        faded[:count] *= rising
    if fade_out and count:
        faded[-count:] *= rising[::-1]
    return faded


class Outlet:
    """Brings what is heard to the wanted sample rate, without a seam between its pieces."""

    def __init__(self, from_hz: int, to_hz: int) -> None:
        self._stream = None if from_hz == to_hz else soxr.ResampleStream(from_hz, to_hz, 1)

    def add(self, pcm: Pcm) -> Pcm:
        """The next piece; some of it may come out with the following one."""
        if self._stream is None:
            return pcm
        piece: Pcm = self._stream.resample_chunk(pcm)
        return piece

    def end(self) -> Pcm:
        """What is left."""
        nothing = np.empty(0, dtype=np.float32)
        if self._stream is None:
            return nothing
        piece: Pcm = self._stream.resample_chunk(nothing, last=True)
        return piece
