"""What a sound is recognised by after it was coded again: 32 bits for every 12 ms.

A bit says whether the difference in energy of two neighbouring bands grows or shrinks (Haitsma and
Kalker 2002, "A Highly Robust Audio Fingerprinting System"). Copies of a sound agree in most bits,
other sounds in half of them. Shapes: s samples, f frames, b bits, k bins, m bands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 8_000
FRAME, HOP = 3_072, 96
FFT = 4_096
LOW_HZ, HIGH_HZ = 300.0, 2_000.0
BITS = 32
# Frames this far below the loudest are noise and say nothing.
QUIET_DB = 40.0
FRAMES_AT_ONCE = 1_000
KEPT_EVERY = 8
WEAKEST = 3

Codes = NDArray[np.uint32]


@dataclass(frozen=True, kw_only=True)
class Fingerprint:
    """The codes [f], and which of them were loud enough to mean something [f]."""

    codes_f: Codes
    loud_f: NDArray[np.bool_]
    weakest_fw: NDArray[np.uint8]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "codes": self.codes_f.tolist(),
            "loud": self.loud_f.tolist(),
            "weakest": self.weakest_fw.tolist(),
        }

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> Fingerprint:
        """The inverse of `as_dict`."""
        return cls(
            codes_f=np.array(content["codes"], np.uint32),
            loud_f=np.array(content["loud"], bool),
            weakest_fw=np.array(content["weakest"], np.uint8).reshape(-1, WEAKEST),
        )

    def filed_under(self) -> list[int]:
        """The few codes that a sound is filed under, as signed 32-bit numbers."""
        kept = np.flatnonzero(self.loud_f)[::KEPT_EVERY]
        return signed(np.unique(self.codes_f[kept]))

    def questions(self) -> dict[int, list[int]]:
        """Codes that a copy may be filed under, and at which frames they are heard here.

        Beside each code stand those with one of its least certain bits turned over.
        """
        found: dict[int, list[int]] = {}
        for frame in np.flatnonzero(self.loud_f):
            code = int(self.codes_f[frame])
            turned = [code ^ (1 << int(bit)) for bit in self.weakest_fw[frame]]
            for key in signed(np.array([code, *turned], np.uint32)):
                found.setdefault(key, []).append(int(frame))
        return found


def fingerprint(wave_s: NDArray[np.float32]) -> Fingerprint:
    """Of a wave [s] at 8 kHz; without frames when it is shorter than half a second."""
    energy_fm = _energies(wave_s)
    if len(energy_fm) < 2:
        empty = np.zeros(0)
        return Fingerprint(
            codes_f=empty.astype(np.uint32),
            loud_f=empty.astype(bool),
            weakest_fw=np.zeros((0, WEAKEST), np.uint8),
        )
    across = energy_fm[:, :-1] - energy_fm[:, 1:]
    growth_fb = across[1:] - across[:-1]
    weights_b = np.left_shift(np.uint32(1), np.arange(BITS, dtype=np.uint32))
    codes_f = ((growth_fb > 0) * weights_b).sum(axis=1, dtype=np.uint32)
    level_f = energy_fm[1:].sum(axis=1)
    scale_fb = energy_fm[1:, :-1] + energy_fm[1:, 1:] + 1e-12
    weakest_fw = np.argsort(np.abs(growth_fb) / scale_fb, axis=1)[:, :WEAKEST]
    return Fingerprint(
        codes_f=codes_f,
        loud_f=level_f > level_f.max() * 10 ** (-QUIET_DB / 10),
        weakest_fw=weakest_fw.astype(np.uint8),
    )


def errors(here: Codes, there: Codes) -> float:
    """The share of bits in which two rows of codes [f] differ."""
    return float(np.bitwise_count(here ^ there).sum() / (BITS * max(len(here), 1)))


def _energies(wave_s: NDArray[np.float32]) -> NDArray[np.float64]:
    """The energy of each band in each frame [f, m]."""
    frames = (len(wave_s) - FRAME) // HOP + 1
    if frames < 1:
        return np.zeros((0, BITS + 1))
    edges_hz = np.geomspace(LOW_HZ, HIGH_HZ, BITS + 2)
    edges_k = np.round(edges_hz * FFT / RATE_HZ).astype(int)
    window_s = np.hanning(FRAME)
    views = np.lib.stride_tricks.sliding_window_view(wave_s, FRAME)[::HOP]
    parts = []
    for start in range(0, frames, FRAMES_AT_ONCE):
        spectrum_fk = np.fft.rfft(views[start : start + FRAMES_AT_ONCE] * window_s, FFT)
        power_fk = np.abs(spectrum_fk[:, : edges_k[-1]]) ** 2
        parts.append(np.add.reduceat(power_fk, edges_k[:-1], axis=1))
    return np.concatenate(parts)


def signed(codes: Codes) -> list[int]:
    """As a signed column of the database holds them."""
    values: list[int] = codes.astype(np.uint32).view(np.int32).tolist()
    return values
