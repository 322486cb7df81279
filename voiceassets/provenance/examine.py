"""What a file that somebody brings says of itself: its label, and the hash of its samples.

The file is hostile until shown otherwise, so it is opened in a child process with little memory
and time: `python -m voiceassets.provenance.examine FILE` prints one JSON object.
"""

from __future__ import annotations

import hashlib
import json
import resource
import subprocess
import sys
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from voiceassets.provenance.cue import with_cue
from voiceassets.provenance.label import Label, LabelError
from voiceassets.provenance.labels import read_label

MEMORY_BYTES = 1024**3
CPU_S = 20
WALL_S = 30.0
LONGEST_S = 3600
UNREADABLE = "This file could not be read as audio."
# Only these give back the very samples that were put in.
LOSSLESS = frozenset({"pcm_s16le", "flac"})


@dataclass(frozen=True, kw_only=True)
class Examined:
    """The label, or why there is none; `pcm_sha256s` are candidates for a receipt's hash.

    A file may begin with the audible cue, which the receipt leaves out: both are hashed.
    """

    label: Label | None
    problem: str
    pcm_sha256s: tuple[str, ...] = ()


def examine(path: Path) -> Examined:
    """Read a file in a limited child process; what cannot be read is no error but an answer."""
    command = [sys.executable, "-m", __name__, str(path.resolve())]
    root = Path(__file__).resolve().parents[2]
    try:
        done = subprocess.run(
            command, cwd=root, capture_output=True, timeout=WALL_S, check=True, text=True
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        return Examined(label=None, problem=UNREADABLE)
    found = json.loads(done.stdout)
    return Examined(
        label=Label.from_text(found["label"]) if found["label"] else None,
        problem=found["problem"],
        pcm_sha256s=tuple(found["pcm_sha256s"]),
    )


def main(argv: list[str]) -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    path = Path(argv[0])
    label, problem, hashes = None, "", list[str]()
    try:
        label = read_label(path)
        hashes = _hashes(path)
    except LabelError as error:
        problem = str(error)
    except (av.FFmpegError, ValueError):
        problem = UNREADABLE
    print(  # noqa: T201  (the child's answer)
        json.dumps(
            {
                "label": label.as_text() if label else None,
                "problem": problem,
                "pcm_sha256s": hashes,
            }
        )
    )
    return 0


def _hashes(path: Path) -> list[str]:
    """Of all samples, and of those after the cue if the file begins with it."""
    decoded = _samples(path)
    if decoded is None:
        return []
    pcm_s, rate_hz = decoded
    opening = with_cue(np.zeros(0, np.int16), sample_rate_hz=rate_hz)
    found = [pcm_s]
    if np.array_equal(pcm_s[: len(opening)], opening):
        found.append(pcm_s[len(opening) :])
    return [hashlib.sha256(part_s.astype("<i2").tobytes()).hexdigest() for part_s in found]


def _samples(path: Path) -> tuple[NDArray[np.int16], int] | None:
    """The mono 16-bit samples [s] of a lossless file and their rate; None for any other file."""
    with av.open(str(path)) as file:
        if not file.streams.audio:
            return None
        stream = file.streams.audio[0]
        codec = stream.codec_context
        if codec.name not in LOSSLESS or codec.channels != 1:
            return None
        rate_hz = codec.sample_rate
        resampler = av.AudioResampler(format="s16", layout="mono", rate=rate_hz)
        parts: list[NDArray[np.int16]] = []
        length = 0
        frames = (out for frame in file.decode(stream) for out in resampler.resample(frame))
        for frame in chain(frames, resampler.resample(None)):
            parts.append(frame.to_ndarray().reshape(-1).astype(np.int16))
            length += frame.samples
            if length > LONGEST_S * rate_hz:
                return None
    return (np.concatenate(parts), rate_hz) if parts else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
