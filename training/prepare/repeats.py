"""Finds slices that say again what an earlier one said: same samples, same text, or same sound."""

import unicodedata
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from training.prepare.clips import Clip
from training.prepare.decode import SAMPLE_RATE_HZ
from training.prepare.pieces import Dropped, DropReason

FRAME_SAMPLES: Final = SAMPLE_RATE_HZ // 50
BANDS: Final = 16
LOWEST_HZ: Final = 100.0
HIGHEST_HZ: Final = 8_000.0
BELOW_LOUDEST_DB: Final = 40.0
"""Fainter than this is background, which differs even when the speech is the same."""
SAME_SOUND_CORRELATION: Final = 0.85
"""Copies shifted by part of a frame or under noise of 20 dB reach 0.9, other sentences 0.4."""
LONGEST_SHIFT_FRAMES: Final = 15
LEAST_SHARED: Final = 0.8
PRINT_PARTS: Final = 32
EDGE_BELOW_LOUDEST_DB: Final = 20.0
WORTH_COMPARING: Final = 0.6
"""Copies have fingerprints that correlate by 0.65 at least, other sentences by 0.5 at most."""


@dataclass(frozen=True, kw_only=True, eq=False)
class _Heard:
    """What is remembered of a slice that was kept."""

    start_ms: int
    sha256: str
    words: str
    contour_wb: NDArray[np.float32]
    fingerprint: NDArray[np.float32]


class RepeatFilter:
    """Remembers the slices that were kept and names the ones that repeat them."""

    def __init__(self) -> None:
        self._kept: list[_Heard] = []

    def check(self, clip: Clip) -> Dropped | None:
        """None for a new slice, which is remembered; else why it is dropped."""
        contour_wb = _contour(clip.samples_s)
        heard = _Heard(
            start_ms=clip.piece.start_ms,
            sha256=clip.sha256,
            words=_words(clip.piece.text or ""),
            contour_wb=contour_wb,
            fingerprint=_fingerprint(contour_wb),
        )
        repetition = self._same_words(heard) or self._same_sound(heard)
        if repetition is None:
            self._kept.append(heard)
            return None
        reason, earlier = repetition
        return Dropped(
            start_ms=clip.piece.start_ms,
            end_ms=clip.piece.end_ms,
            reason=reason,
            detail=f"Repeats the slice at {earlier.start_ms / 1_000:.1f} s.",
        )

    def _same_words(self, heard: _Heard) -> tuple[DropReason, _Heard] | None:
        for earlier in self._kept:
            if earlier.sha256 == heard.sha256:
                return DropReason.DUPLICATE, earlier
            if heard.words and earlier.words == heard.words:
                return DropReason.REPEATED_TEXT, earlier
        return None

    def _same_sound(self, heard: _Heard) -> tuple[DropReason, _Heard] | None:
        """Compare closely only where the fingerprints agree: there may be thousands of slices."""
        if not self._kept:
            return None
        likeness = np.stack([earlier.fingerprint for earlier in self._kept]) @ heard.fingerprint
        for index in np.flatnonzero(likeness >= WORTH_COMPARING):
            earlier = self._kept[index]
            if _correlate(earlier.contour_wb, heard.contour_wb):
                return DropReason.REPEATED_AUDIO, earlier
        return None


def _words(text: str) -> str:
    """Letters and digits only: punctuation and spacing do not make another sentence."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(character for character in folded if unicodedata.category(character)[0] in "LN")


def _contour(samples_s: NDArray[np.int16]) -> NDArray[np.float32]:
    """Level in dB of 16 bands every 20 ms, [w, b], from the loudest down to BELOW_LOUDEST_DB."""
    frames = len(samples_s) // FRAME_SAMPLES
    frames_ws = samples_s[: frames * FRAME_SAMPLES].reshape(frames, FRAME_SAMPLES) / 32_768
    power_wf = np.square(np.abs(np.fft.rfft(frames_ws * np.hanning(FRAME_SAMPLES), axis=1)))
    bin_hz = SAMPLE_RATE_HZ / FRAME_SAMPLES
    borders = np.geomspace(LOWEST_HZ, HIGHEST_HZ, BANDS + 1) / bin_hz
    bands_wb = np.add.reduceat(power_wf, borders.astype(int), axis=1)[:, :BANDS]
    level_wb = 10 * np.log10(np.maximum(bands_wb, 1e-12))
    audible_wb = np.maximum(level_wb, level_wb.max() - BELOW_LOUDEST_DB)
    return np.asarray(audible_wb, np.float32)


def _fingerprint(contour_wb: NDArray[np.float32]) -> NDArray[np.float32]:
    """The contour between the first and last loud frame in PRINT_PARTS equal parts, unit length."""
    loudest_w = contour_wb.max(axis=1)
    loud = np.flatnonzero(loudest_w > loudest_w.max() - EDGE_BELOW_LOUDEST_DB)
    middle_wb = contour_wb[loud[0] : loud[-1] + 1]
    at = np.linspace(0, len(middle_wb) - 1, PRINT_PARTS + 1)
    sums_wb = np.pad(np.cumsum(middle_wb, axis=0, dtype=np.float64), ((1, 0), (0, 0)))
    starts, ends = at[:-1].astype(int), np.maximum(at[1:].astype(int), at[:-1].astype(int) + 1)
    parts = (sums_wb[ends] - sums_wb[starts]) / (ends - starts)[:, None]
    centred = (parts - parts.mean()).ravel()
    length = float(np.linalg.norm(centred))
    return np.asarray(centred / length if length > 0 else centred, np.float32)


def _correlate(a_wb: NDArray[np.float32], b_wb: NDArray[np.float32]) -> bool:
    """Whether two contours are the same at some small shift; the gain does not matter."""
    return any(
        _correlation(a_wb[max(0, shift) :], b_wb[max(0, -shift) :]) >= SAME_SOUND_CORRELATION
        for shift in range(-LONGEST_SHIFT_FRAMES, LONGEST_SHIFT_FRAMES + 1)
    )


def _correlation(a_wb: NDArray[np.float32], b_wb: NDArray[np.float32]) -> float:
    """Of the part both have; too little in common is none."""
    shared = min(len(a_wb), len(b_wb))
    if shared < LEAST_SHARED * max(len(a_wb), len(b_wb)):
        return 0.0
    a, b = a_wb[:shared] - a_wb[:shared].mean(), b_wb[:shared] - b_wb[:shared].mean()
    scale = float(np.sqrt(np.square(a).sum() * np.square(b).sum()))
    return float((a * b).sum()) / scale if scale > 0 else 0.0
