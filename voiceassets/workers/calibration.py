"""Finds how alike the same voice is for an encoder, from clips of many voices.

Shapes: n clips, d dimensions.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from voiceassets.provenance.decode import decode
from voiceassets.provenance.encode import AudioFormat, encode
from voiceassets.voiceprints.thresholds import Thresholds
from voiceassets.workers.listening import RATE_HZ, Listener, Wave, raised

RAISED_BY = (1.3, 2.0, -2.0, 3.0)
REPITCHED_CLIPS = 4
POINTS = 21
STOPPED_STRANGERS = 0.05

Scores = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Point:
    """At one limit: the shares of strangers let through, and of own clips turned away."""

    limit: float
    false_accepts: float
    false_rejects: float


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """The limits, the curve, and which share of altered clips is still taken for the voice."""

    thresholds: Thresholds
    curve: tuple[Point, ...]
    still_known: Mapping[str, float]


def calibrate(listener: Listener, clips: Mapping[str, Sequence[Wave]]) -> Calibration:
    """Compare every clip (at 16 kHz) with every other one.

    Altered clips are compared with the mean of their voice's other clips, as a no-go voice is.

    Raises:
        ValueError: there are fewer than two voices, or one has fewer than two clips.
    """
    if len(clips) < 2 or min(map(len, clips.values())) < 2:
        raise ValueError("Calibration needs at least two voices with two clips each.")
    vectors_nd, voices_n = [], []
    for number, waves in enumerate(clips.values()):
        vectors_nd += [listener.vectors.vector(wave_s) for wave_s in waves]
        voices_n += [number] * len(waves)
    matrix_nd, owner_n = np.stack(vectors_nd), np.array(voices_n)
    first, second = np.triu_indices(len(matrix_nd), k=1)
    scores = (matrix_nd @ matrix_nd.T)[first, second]
    same = owner_n[first] == owner_n[second]
    own, strange = np.sort(scores[same]), np.sort(scores[~same])
    limit, rate = _equal_error(own, strange)
    means_nd = _means(matrix_nd, owner_n)
    thresholds = Thresholds(
        same=round(limit, 4),
        no_go=round(min(limit, float(np.quantile(strange, 1 - STOPPED_STRANGERS))), 4),
        stranger=round(float(np.median(strange)), 4),
        equal_error_rate=round(rate, 4),
        voices=len(clips),
        clips=len(matrix_nd),
        repitched=_repitched_limit(listener, clips, means_nd),
    )
    limits = np.linspace(strange[0], 1.0, POINTS)
    return Calibration(
        thresholds=thresholds,
        curve=tuple(_point(own, strange, float(at)) for at in limits),
        still_known=_still_known(listener, clips, means_nd, thresholds),
    )


def _point(own: Scores, strange: Scores, limit: float) -> Point:
    """Both rows are sorted."""
    return Point(
        limit=limit,
        false_accepts=1 - float(np.searchsorted(strange, limit)) / len(strange),
        false_rejects=float(np.searchsorted(own, limit)) / len(own),
    )


def _equal_error(own: Scores, strange: Scores) -> tuple[float, float]:
    """The limit at which both errors are nearest to each other, and their mean there."""
    points = [_point(own, strange, float(limit)) for limit in own]
    best = min(points, key=lambda point: abs(point.false_accepts - point.false_rejects))
    return best.limit, (best.false_accepts + best.false_rejects) / 2


def _means(matrix_nd: NDArray[np.float64], owner_n: NDArray[np.int_]) -> NDArray[np.float64]:
    """What each voice would be known by as a no-go voice: the mean of all clips but the first."""
    rows = [matrix_nd[owner_n == owner][1:].mean(axis=0) for owner in np.unique(owner_n)]
    return np.stack([row / np.linalg.norm(row) for row in rows])


def _repitched_limit(
    listener: Listener, clips: Mapping[str, Sequence[Wave]], means_nd: NDArray[np.float64]
) -> float:
    """The limit at which the best of a stranger's re-pitched copies is stopped once in twenty."""
    best: list[float] = []
    for owner, waves in enumerate(clips.values()):
        others_nd = np.delete(means_nd, owner, axis=0)
        for wave_s in waves[:REPITCHED_CLIPS]:
            best += (np.stack(listener.repitched([wave_s])) @ others_nd.T).max(axis=0).tolist()
    return round(float(np.quantile(best, 1 - STOPPED_STRANGERS)), 4)


def _still_known(
    listener: Listener,
    clips: Mapping[str, Sequence[Wave]],
    means_nd: NDArray[np.float64],
    limits: Thresholds,
) -> dict[str, float]:
    known: dict[str, list[bool]] = {}
    for mean_d, waves in zip(means_nd, clips.values(), strict=True):
        for name, wave_s in _altered(waves[0]).items():
            alike = float(listener.vectors.vector(wave_s) @ mean_d)
            copies = [float(copy @ mean_d) for copy in listener.repitched([wave_s])]
            is_known = alike >= limits.no_go or max(copies) >= (limits.repitched or 1)
            known.setdefault(name, []).append(is_known)
    return {name: sum(found) / len(found) for name, found in known.items()}


def _altered(wave_s: Wave) -> dict[str, Wave]:
    """What somebody does to a clip so that it is not recognised, or without meaning to."""
    return {
        "unchanged": wave_s,
        "mp3 64 kbit/s": transcoded(wave_s, RATE_HZ, AudioFormat.MP3, bit_rate=64_000),
        **{f"{by:+} semitones (with its speed)": raised(wave_s, by) for by in RAISED_BY},
    }


def transcoded(
    wave_s: Wave,
    rate_hz: int,
    format: AudioFormat,  # noqa: A002
    *,
    bit_rate: int,
) -> Wave:
    """The same sound after a lossy encoder."""
    samples_s = np.clip(np.rint(wave_s * 32_767), -32_768, 32_767).astype(np.int16)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"copy.{format}"
        encode(samples_s, sample_rate_hz=rate_hz, path=path, format=format, bit_rate=bit_rate)
        return decode(path, sample_rate_hz=rate_hz)
