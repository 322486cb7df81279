"""What a file that somebody brings says of itself: its labels, and what its samples are known by.

The file is hostile until shown otherwise, so it is opened in a child process with little memory
and time: `python -m voiceassets.provenance.examine FILE` prints one JSON object. Another child
listens for a watermark where one is installed.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import av
import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from voiceassets.provenance import credentials
from voiceassets.provenance.credentials import Credentials
from voiceassets.provenance.cue import has_cue, with_cue
from voiceassets.provenance.decode import decode
from voiceassets.provenance.fingerprint import RATE_HZ, Fingerprint, fingerprint
from voiceassets.provenance.label import Label, LabelError
from voiceassets.provenance.labels import read_label
from voiceassets.provenance.signer import anchors_file
from voiceassets.provenance.watermark import Heard

MEMORY_BYTES = 1024**3
CPU_S = 20
WALL_S = 30.0
LONGEST_S = 3600
RECOGNISED_BY_S = 120
UNREADABLE = "This file could not be read as audio."
# Only these give back the very samples that were put in.
LOSSLESS = frozenset({"pcm_s16le", "flac"})
LISTENER = "voiceassets.workers.watermarking"
WATERMARK_PACKAGE = "perth"


@dataclass(frozen=True, kw_only=True)
class Examined:
    """The labels of a file; where the implicit one is missing, `problem` may say why.

    A file may begin with the audible cue, which a receipt leaves out: samples are hashed with it
    and without it. `watermark` is None where nothing is installed that could hear one.
    """

    label: Label | None
    problem: str
    audible_cue: bool = False
    credentials: Credentials | None = None
    watermark: Heard | None = None
    pcm_sha256s: tuple[str, ...] = ()
    fingerprint: Fingerprint | None = None


def examine(path: Path) -> Examined:
    """Read a file in limited child processes; what cannot be read is no error but an answer."""
    found = _ask(__name__, path, anchors_file())
    if found is None:
        return Examined(label=None, problem=UNREADABLE)
    listens = settings.LABEL_WATERMARK and importlib.util.find_spec(WATERMARK_PACKAGE)
    heard = _ask(LISTENER, path) if listens else None
    signed, codes = found["credentials"], found["fingerprint"]
    return Examined(
        label=Label.from_text(found["label"]) if found["label"] else None,
        problem=found["problem"],
        audible_cue=found["audible_cue"],
        credentials=Credentials.from_dict(signed) if signed else None,
        watermark=Heard(name=heard["name"], score=heard["score"]) if heard else None,
        pcm_sha256s=tuple(found["pcm_sha256s"]),
        fingerprint=Fingerprint.from_dict(codes) if codes else None,
    )


def _ask(module: str, *paths: Path) -> Any:
    """What a child process, which knows no secrets, finds in a file; None when it gave up."""
    command = [sys.executable, "-m", module, *(str(path.resolve()) for path in paths)]
    environment = {"PATH": os.defpath, "PYTHONUTF8": "1", "OMP_NUM_THREADS": "1"}
    try:
        done = subprocess.run(
            command,
            cwd=settings.BASE_DIR,
            env=environment,
            capture_output=True,
            timeout=WALL_S,
            check=True,
            text=True,
        )
        return json.loads(done.stdout)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired, ValueError):
        return None


def main(argv: list[str]) -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    path, anchors = Path(argv[0]), Path(argv[1]).read_text()
    found: dict[str, Any] = {"label": None, "problem": "", "credentials": None, "pcm_sha256s": []}
    found |= {"audible_cue": False, "fingerprint": None}
    _fill(found, "label", lambda: _text(read_label(path)))
    _fill(found, "pcm_sha256s", lambda: _hashes(path))
    _fill(found, "credentials", lambda: _content(credentials.read(path, anchors=anchors)))
    with suppress(av.FFmpegError, ValueError):  # the label's problem says so already
        wave_s = decode(path, sample_rate_hz=RATE_HZ, longest_s=RECOGNISED_BY_S)
        found["audible_cue"] = has_cue(wave_s, sample_rate_hz=RATE_HZ)
        found["fingerprint"] = fingerprint(wave_s).as_dict()
    print(json.dumps(found))  # noqa: T201  (the child's answer)
    return 0


def _fill(found: dict[str, Any], name: str, look: Callable[[], Any]) -> None:
    """One thing that cannot be read does not keep the others from being told."""
    try:
        found[name] = look()
    except LabelError as error:
        found["problem"] = found["problem"] or str(error)
    except (av.FFmpegError, ValueError):
        found["problem"] = found["problem"] or UNREADABLE


def _text(label: Label | None) -> str | None:
    return label.as_text() if label else None


def _content(found: Credentials | None) -> dict[str, Any] | None:
    return found.as_dict() if found else None


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
