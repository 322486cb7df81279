"""Flite, a synthesizer of another family: English sentences for tests, never for training."""

import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from synthesis import audio
from synthesis.errors import EngineError

# One voice of joined diphones, and three of statistical parametric synthesis.
VOICES = ("kal16", "slt", "rms", "awb")
LONGEST_S = 60


class FliteMissing(EngineError):
    """The program is not on this machine."""

    code = "flite_missing"


def render(text: str, voice: str = "slt") -> NDArray[np.float32]:
    """English at 32 kHz [s] between -1 and 1.

    Raises:
        FliteMissing: there is no such program.
        EngineError: it does not know the voice, or fails otherwise.
    """
    program = shutil.which("flite")
    if program is None:
        raise FliteMissing("Flite is not installed; install it: apt-get install flite.")
    if voice not in VOICES:
        raise EngineError(f"{voice!r} is none of the voices {', '.join(VOICES)}.")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "said.wav"
        command = [program, "-voice", voice, "-t", text, "-o", str(path)]
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=LONGEST_S
        )
        if done.returncode or not path.exists():
            raise EngineError(f"Flite could not say {text!r}: {done.stderr.strip()}")
        pcm, rate_hz = audio.read_mono(path)
    resampled = soxr.resample(pcm, rate_hz, audio.SAMPLE_RATE_HZ, quality="HQ")
    said: NDArray[np.float32] = resampled.astype(np.float32)
    return said
