"""Writes slices as clips named by their content: 16-bit mono WAV at 32 kHz, at one loudness.

The WAV has the shortest header there is, so equal samples give equal files and equal names.
"""

import hashlib
import io
import wave
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
from numpy.typing import NDArray

from training.prepare.decode import SAMPLE_RATE_HZ
from training.prepare.noise import FLOOR_DB
from training.prepare.pieces import Piece
from training.prepare.quality import QualityReport

TARGET_LUFS: Final = -23.0
HIGHEST_TRUE_PEAK_DBTP: Final = -1.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Clip:
    """A written slice; `sha256` is of the whole WAV file and is its name."""

    piece: Piece
    wav_path: Path
    sha256: str
    samples_s: NDArray[np.int16]


def normalising_gain_db(report: QualityReport) -> float:
    """What brings a recording to -23 LUFS (EBU R 128), or less where its peaks forbid that.

    One gain for the whole recording: sentences keep their loudness relative to each other. 0 for a
    recording without any loudness.
    """
    if report.loudness_lufs <= FLOOR_DB:
        return 0.0
    wanted_db = TARGET_LUFS - report.loudness_lufs
    return round(min(wanted_db, HIGHEST_TRUE_PEAK_DBTP - report.true_peak_dbtp), 2)


def write_clips(
    wav: Path, pieces: Iterable[Piece], folder: Path, *, gain_db: float
) -> Iterable[Clip]:
    """Cut `pieces` out of a prepared recording into `folder`, one after another."""
    folder.mkdir(parents=True, exist_ok=True)
    gain = 10 ** (gain_db / 20)
    with soundfile.SoundFile(wav) as recording:
        for piece in pieces:
            recording.seek(piece.start_ms * SAMPLE_RATE_HZ // 1_000)
            float_s = recording.read(piece.duration_ms * SAMPLE_RATE_HZ // 1_000, dtype="float32")
            samples_s = np.clip(np.rint(float_s * gain * 32_768), -32_768, 32_767).astype("<i2")
            content = wav_bytes(samples_s)
            sha256 = hashlib.sha256(content).hexdigest()
            path = folder / f"{sha256}.wav"
            path.write_bytes(content)
            yield Clip(piece=piece, wav_path=path, sha256=sha256, samples_s=samples_s)


def wav_bytes(samples_s: NDArray[np.int16]) -> bytes:
    """A canonical mono WAV file of these samples at the model's rate."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE_HZ)
        file.writeframes(samples_s.tobytes())
    return buffer.getvalue()
