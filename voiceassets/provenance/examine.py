"""What a file that somebody brings says of itself: its labels, and what its samples are known by.

The file is hostile until shown otherwise, so it is opened in a child process with little memory
and time: `python -m voiceassets.provenance.examine FILE` prints one JSON object. Another child
listens for a watermark where one is installed.
"""

from __future__ import annotations

import importlib.util
import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
from django.conf import settings

from voiceassets.provenance import credentials
from voiceassets.provenance.credentials import INVALID, Credentials
from voiceassets.provenance.cue import Heard, hear
from voiceassets.provenance.decode import decode
from voiceassets.provenance.fingerprint import RATE_HZ, Fingerprint, fingerprint
from voiceassets.provenance.label import Label, LabelError
from voiceassets.provenance.labels import read_label
from voiceassets.provenance.laws import Layer
from voiceassets.provenance.samples import sha256, speeches
from voiceassets.provenance.signer import anchors_file
from voiceassets.provenance.watermark import Heard as Mark

MEMORY_BYTES = 1024**3
CPU_S = 20
WALL_S = 30.0
SEARCHED_S = 1800
RECOGNISED_BY_S = 120
UNREADABLE = "This file could not be read as audio."
LISTENER = "voiceassets.workers.watermarking"
WATERMARK_PACKAGE = "perth"


@dataclass(frozen=True, kw_only=True)
class Examined:
    """The labels of a file; where the implicit one is missing, `problem` may say why.

    A receipt leaves the audible label out: samples are hashed with it and without it. `watermark`
    is None where nothing is installed that could hear one.
    """

    label: Label | None
    problem: str
    audible: Heard | None = None
    credentials: Credentials | None = None
    watermark: Mark | None = None
    pcm_sha256s: tuple[str, ...] = ()
    fingerprint: Fingerprint | None = None

    def layers(self) -> set[Layer]:
        """The labels that were found; credentials count while they hold."""
        signed, mark = self.credentials, self.watermark
        there = {
            Layer.IMPLICIT: self.label is not None,
            Layer.AUDIBLE: self.audible is not None,
            Layer.CREDENTIALS: signed is not None and signed.state != INVALID,
            Layer.WATERMARK: mark is not None and mark.is_there,
        }
        return {layer for layer, found in there.items() if found}

    @property
    def says_generated(self) -> bool:
        """Whether any of the labels says so to everybody."""
        signed, heard = self.credentials, self.watermark
        return (
            self.label is not None
            or (signed is not None and signed.generated)
            or (heard is not None and heard.is_there)
        )

    @property
    def made_by(self) -> str:
        """Who says to have made it: a label can be copied, a signature that holds cannot."""
        if self.label is not None:
            return self.label.content_producer
        signed = self.credentials
        return signed.signed_by if signed is not None and signed.state != INVALID else ""


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
        audible=Heard.from_dict(found["audible"]) if found["audible"] else None,
        credentials=Credentials.from_dict(signed) if signed else None,
        watermark=Mark(name=heard["name"], score=heard["score"]) if heard else None,
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
    found |= {"audible": None, "fingerprint": None}
    _fill(found, "label", lambda: _text(read_label(path)))
    _fill(found, "pcm_sha256s", lambda: [sha256(pcm_s) for pcm_s in speeches(path)])
    _fill(found, "credentials", lambda: _content(credentials.read(path, anchors=anchors)))
    with suppress(av.FFmpegError, ValueError):  # the label's problem says so already
        wave_s = decode(path, sample_rate_hz=RATE_HZ, longest_s=SEARCHED_S)
        heard = hear(wave_s, sample_rate_hz=RATE_HZ)
        found["audible"] = heard.as_dict() if heard else None
        found["fingerprint"] = fingerprint(wave_s[: RECOGNISED_BY_S * RATE_HZ]).as_dict()
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


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
