"""Lowers steady noise under a voice, in a copy: the recording itself is never changed.

The noise is learned where nobody speaks. Every frequency is then weighted by how far the sound
stands above it: Wiener's gain, with the signal-to-noise ratio tracked from frame to frame
(Scalart and Filho 1996, after Ephraim and Malah 1984).

Shapes: t frames of 32 ms, f bins, s samples.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from synthesis.errors import EngineError
from training.prepare.decode import SAMPLE_RATE_HZ
from training.prepare.noise import GUARD_MS
from training.prepare.regions import Region, window_mask

FRAME: Final = 1_024
STEP: Final = FRAME // 2
STEP_MS: Final = STEP * 1_000 // SAMPLE_RATE_HZ
BLOCK_STEPS: Final = 2_000
LEAST_PAUSE_STEPS: Final = 30
"""Half a second of pauses, which is enough to know a steady noise by."""
LOUDEST_SHARE_LEFT_OUT: Final = 0.1
LEAST_GAIN: Final = 10 ** (-15 / 20)
"""What is taken for noise stays 15 dB lower: silence between words would sound cut."""
MEMORY: Final = 0.98
_WINDOW: Final = np.sqrt(np.hanning(FRAME + 1)[:FRAME]).astype(np.float32)


class NoPauses(EngineError):
    """Nobody is ever silent, so nothing tells the noise from the voice."""

    code = "no_pauses"


def denoise(source: Path, destination: Path, speech: tuple[Region, ...]) -> None:
    """Write a 24-bit copy of a mono 32 kHz WAV with less noise; `speech` is where somebody speaks.

    Raises NoPauses when there is less than half a second outside of it.
    """
    noise_f = _noise(source, speech)
    gain_of = _Wiener(noise_f)
    samples = soundfile.info(source).frames
    carried_s = np.zeros(STEP, np.float32)
    skipped, written = STEP, 0
    with soundfile.SoundFile(
        destination, "w", samplerate=SAMPLE_RATE_HZ, channels=1, format="WAV", subtype="PCM_24"
    ) as file:
        for spectrum_tf in _spectra(source):
            cleaned_tf = spectrum_tf * gain_of(np.abs(spectrum_tf) ** 2)
            frames_ts = np.fft.irfft(cleaned_tf, FRAME).astype(np.float32) * _WINDOW
            ends_ts = np.concatenate([carried_s[None], frames_ts[:, STEP:]])
            out_s = (frames_ts[:, :STEP] + ends_ts[:-1]).reshape(-1)[skipped:]
            skipped, carried_s = 0, ends_ts[-1]
            out_s = out_s[: samples - written]
            file.write(np.clip(out_s, -1.0, 1.0))
            written += len(out_s)


class _Wiener:
    """The gains [t, f] of consecutive blocks of frames, from their powers."""

    def __init__(self, noise_f: NDArray[np.float64]) -> None:
        self._noise_f = np.maximum(noise_f, 1e-12)
        self._before_f = np.zeros_like(noise_f)

    def __call__(self, power_tf: NDArray[np.float64]) -> NDArray[np.float64]:
        gains_tf = np.empty_like(power_tf)
        for frame, power_f in enumerate(power_tf):
            above_f = power_f / self._noise_f
            ratio_f = MEMORY * self._before_f + (1 - MEMORY) * np.maximum(above_f - 1, 0)
            gain_f = np.maximum(ratio_f / (1 + ratio_f), LEAST_GAIN)
            self._before_f = gain_f**2 * above_f
            gains_tf[frame] = gain_f
        return gains_tf


def _noise(source: Path, speech: tuple[Region, ...]) -> NDArray[np.float64]:
    """The mean power [f] of the frames in pauses, the loudest tenth of them left out."""
    steps = -(-soundfile.info(source).frames // STEP) + 1
    spoken_t = window_mask(speech, steps, STEP_MS, grow_ms=GUARD_MS)
    pauses: list[NDArray[np.float64]] = []
    first = 0
    for spectrum_tf in _spectra(source):
        spoken = spoken_t[first : first + len(spectrum_tf)]
        pauses.append(np.abs(spectrum_tf[: len(spoken)][~spoken]) ** 2)
        first += len(spectrum_tf)
    pauses_tf = np.concatenate(pauses)
    if len(pauses_tf) < LEAST_PAUSE_STEPS:
        raise NoPauses(
            "The recording has no pauses in which its noise could be heard alone;"
            " record it again in a quiet room."
        )
    loud_first = np.argsort(pauses_tf.sum(1))[::-1]
    kept = loud_first[int(len(pauses_tf) * LOUDEST_SHARE_LEFT_OUT) :]
    mean_f: NDArray[np.float64] = pauses_tf[kept].mean(0)
    return mean_f


def _spectra(source: Path) -> Iterator[NDArray[np.complex128]]:
    """Windowed spectra [t, f] in blocks; the first frame begins one step before the sound."""
    pending_s = np.zeros(STEP, np.float32)
    with soundfile.SoundFile(source) as file:
        while True:
            block_s = file.read(BLOCK_STEPS * STEP, dtype="float32")
            is_last = len(block_s) < BLOCK_STEPS * STEP
            if is_last:
                block_s = np.pad(block_s, (0, STEP + -len(block_s) % STEP))
            data_s = np.concatenate([pending_s, block_s])
            frames_ts = sliding_window_view(data_s, FRAME)[::STEP]
            yield np.fft.rfft(frames_ts * _WINDOW)
            pending_s = data_s[len(frames_ts) * STEP :]
            if is_last:
                return
