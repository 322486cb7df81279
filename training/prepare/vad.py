"""Tells speech from everything else with the Silero network, and marks the stretches of speech."""

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from training.prepare.regions import Region

VAD_RATE_HZ: Final = 16_000
WINDOW_SAMPLES: Final = 512
WINDOW_MS: Final = 32
CONTEXT_SAMPLES: Final = 64
"""The network sees the end of the window before, in front of each window."""

ENTER_PROBABILITY: Final = 0.5
LEAVE_PROBABILITY: Final = 0.35
"""Speech goes on until the probability falls below this, so that soft syllables do not cut it."""
MIN_SPEECH_MS: Final = 96
MIN_PAUSE_MS: Final = 96


class SpeechDetector:
    """Silero VAD over a stream of 16 kHz samples; keeps the network's memory between calls.

    The ONNX file is read from the silero-vad package without importing it: the package's Python
    code would load torch, which this does not need.
    """

    def __init__(self) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            str(_network_file()), options, providers=["CPUExecutionProvider"]
        )
        self._state = np.zeros((2, 1, 128), np.float32)
        self._context_s = np.zeros(CONTEXT_SAMPLES, np.float32)
        self._waiting_s = np.zeros(0, np.float32)
        self._rate = np.array(VAD_RATE_HZ)

    def listen(self, samples_s: NDArray[np.float32]) -> list[float]:
        """Speech probability of each window of 512 samples that is complete by now."""
        pending_s = np.concatenate([self._waiting_s, samples_s])
        windows = len(pending_s) // WINDOW_SAMPLES
        self._waiting_s = pending_s[windows * WINDOW_SAMPLES :]
        return [
            self._probability(pending_s[at : at + WINDOW_SAMPLES])
            for at in range(0, windows * WINDOW_SAMPLES, WINDOW_SAMPLES)
        ]

    def _probability(self, window_s: NDArray[np.float32]) -> float:
        seen = np.concatenate([self._context_s, window_s])[None]
        feed = {"input": seen, "state": self._state, "sr": self._rate}
        probability, self._state = self._session.run(None, feed)
        self._context_s = window_s[-CONTEXT_SAMPLES:]
        return float(probability[0, 0])


def _network_file() -> Path:
    spec = importlib.util.find_spec("silero_vad")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(
            "Package silero-vad is missing; install the worker extra: pip install '.[worker]'"
        )
    return Path(spec.submodule_search_locations[0]) / "data" / "silero_vad.onnx"


def speech_regions(probabilities: Sequence[float]) -> tuple[Region, ...]:
    """Stretches of speech from one probability per WINDOW_MS, by hysteresis.

    Pauses shorter than MIN_PAUSE_MS are bridged, blips shorter than MIN_SPEECH_MS are ignored.
    """
    runs: list[Region] = []
    start: int | None = None
    for index, probability in enumerate([*probabilities, 0.0]):
        if start is None and probability >= ENTER_PROBABILITY:
            start = index
        elif start is not None and probability < LEAVE_PROBABILITY:
            runs.append(Region(start_ms=start * WINDOW_MS, end_ms=index * WINDOW_MS))
            start = None
    bridged: list[Region] = []
    for run in runs:
        if bridged and run.start_ms - bridged[-1].end_ms < MIN_PAUSE_MS:
            bridged[-1] = Region(start_ms=bridged[-1].start_ms, end_ms=run.end_ms)
        else:
            bridged.append(run)
    return tuple(region for region in bridged if region.duration_ms >= MIN_SPEECH_MS)
