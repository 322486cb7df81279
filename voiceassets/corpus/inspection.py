"""Asks a limited child process what an uploaded file is, before anything of it is stored."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import unicodedata
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from voiceassets.core.errors import DomainError, Invalid, Unavailable

PROBE = "training.prepare.probe"
WALL_LIMIT_S = 10.0
NAME_LENGTH = 255
STATUS = {"not_audio": 415, "no_audio_stream": 415, "too_large": 413}


class BadFileName(Invalid):
    code = "bad_file_name"
    status = 400


class Refused(DomainError):
    """The file is no recording this platform takes; code and reason are the probe's."""

    status = 422

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason, code=code)
        self.status = STATUS.get(code, Refused.status)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the probe found. `complete` says whether every sample was decoded and looked at."""

    container: str
    codec: str
    duration_ms: int
    declared_duration_ms: int | None
    sample_rate_hz: int
    channels: int
    has_video: bool
    complete: bool

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def require_name(name: str) -> str:
    """The name to show; it never becomes part of a path.

    Raises:
        BadFileName: it is empty or too long, names a folder, or holds what cannot be shown.
    """
    if not name.strip() or len(name) > NAME_LENGTH:
        raise BadFileName(f"A file name has 1 to {NAME_LENGTH} characters; rename the file.")
    if "/" in name or "\\" in name or ".." in name or not all(map(_can_be_shown, name)):
        raise BadFileName(
            "The file name contains a path or characters that cannot be shown; rename the file."
        )
    return name


def _can_be_shown(character: str) -> bool:
    """Also the wide space of Chinese and Japanese names, and the one that does not break."""
    return character.isprintable() or unicodedata.category(character) == "Zs"


def inspect(path: Path, *, name: str) -> Facts:
    """What kind of recording the file at `path` is; no database, so call it outside any scope.

    Raises:
        BadFileName: `name` is not one to show.
        Refused: the file is not a recording, or exceeds a limit.
        Unavailable: the probe itself cannot run here.
    """
    require_name(name)
    command = [sys.executable, "-m", PROBE, str(path.absolute())]
    try:
        child = subprocess.run(
            [*command, "--max-bytes", str(settings.UPLOAD_MAX_BYTES)],
            env=child_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=WALL_LIMIT_S,
        )
    except subprocess.TimeoutExpired as error:
        raise Refused("timed_out", TIMED_OUT) from error
    try:
        answer: dict[str, Any] = json.loads(child.stdout)
    except ValueError as error:
        raise _of_silence(child) from error
    if not answer.pop("ok"):
        raise Refused(answer["code"], answer["reason"])
    return Facts(**answer)


TIMED_OUT = "The file took too long to read; export it in a common format such as WAV or MP3."
DAMAGED = "The sound cannot be decoded because the file is damaged; export it again."


def _of_silence(child: subprocess.CompletedProcess[bytes]) -> DomainError:
    """A child without an answer was killed by its limits, unless Python could not start it."""
    if child.returncode == -signal.SIGXCPU:
        return Refused("timed_out", TIMED_OUT)
    if child.returncode > 0 and b"No module named" in child.stderr:
        return Unavailable("This server cannot inspect recordings; install the project's package.")
    return Refused("corrupt", DAMAGED)


def child_environment() -> dict[str, str]:
    """Nothing a hostile file could want: no secrets, one thread."""
    return {
        "PATH": os.defpath,
        "PYTHONPATH": str(settings.BASE_DIR),
        "PYTHONUTF8": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
