"""Turns any audio or video file into a mono WAV at the model's rate, safely.

The decoder runs as a limited child: a hostile file kills that child and nothing else.
"""

import json
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from training.prepare.decode import WALL_LIMIT_S, DecodedFacts
from training.prepare.faults import FaultCode, describe
from training.prepare.limits import Limits, child_command, child_environment

STOP_CHECK_S: Final = 0.1


class IngestError(Exception):
    """A file could not become a recording: `code` for machines, `message` for people."""

    def __init__(self, code: FaultCode, message: str) -> None:
        self.code = code
        self.message = message
        super().__init__(f"{code}: {message}")


class PreparationStopped(Exception):
    """The caller asked to stop; what was written so far is of no use."""


def ingest(
    source: Path,
    destination: Path,
    *,
    limits: Limits | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> DecodedFacts:
    """Decode the best audio stream of `source` into `destination` (mono, float32, 32 kHz WAV).

    Raises IngestError with a code of FaultCode, PreparationStopped when `should_stop` says so.
    Nothing is left at `destination` in either case.
    """
    limits = limits or Limits()
    command = child_command(
        "training.prepare.decode",
        str(source.absolute()),
        str(destination.absolute()),
        *limits.as_options(),
    )
    try:
        facts = _facts(_run(command, limits, should_stop or (lambda: False)), limits)
    except (IngestError, PreparationStopped):
        destination.unlink(missing_ok=True)
        raise
    return facts


def _run(command: list[str], limits: Limits, should_stop: Callable[[], bool]) -> tuple[int, bytes]:
    deadline_s = time.monotonic() + WALL_LIMIT_S
    with subprocess.Popen(
        command,
        env=child_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as child:
        while True:
            try:
                output, _ = child.communicate(timeout=STOP_CHECK_S)
            except subprocess.TimeoutExpired:
                if should_stop():
                    child.kill()
                    raise PreparationStopped from None
                if time.monotonic() > deadline_s:
                    child.kill()
                    raise _error(FaultCode.TIMED_OUT, limits) from None
            else:
                return child.returncode, output


def _facts(outcome: tuple[int, bytes], limits: Limits) -> DecodedFacts:
    returncode, output = outcome
    try:
        answer: dict[str, Any] = json.loads(output)
    except ValueError as error:
        out_of_time = returncode == -signal.SIGXCPU
        code = FaultCode.TIMED_OUT if out_of_time else FaultCode.CORRUPT
        raise _error(code, limits) from error
    if not answer.pop("ok"):
        raise IngestError(FaultCode(answer["code"]), answer["reason"])
    by_step = answer.pop("clipped_samples_by_step")
    return DecodedFacts(
        **answer, clipped_samples_by_step={int(step): count for step, count in by_step.items()}
    )


def _error(code: FaultCode, limits: Limits) -> IngestError:
    return IngestError(code, describe(code, limits))
