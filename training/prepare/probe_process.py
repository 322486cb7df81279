"""Runs the probe as a child, so that no file can hurt the process that asks."""

import json
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from training.prepare.faults import FaultCode, describe
from training.prepare.limits import Limits, child_command, child_environment

STARTUP_ALLOWANCE_S: Final = 8.5
"""Beyond its budget the child may wait this long for a processor on a loaded machine."""


@dataclass(frozen=True, kw_only=True)
class ProbeResult:
    """The probe's answer: facts when `ok`, else `code` and `reason`."""

    ok: bool
    code: FaultCode | None = None
    reason: str = ""
    container: str = ""
    codec: str = ""
    duration_ms: int = 0
    declared_duration_ms: int | None = None
    sample_rate_hz: int = 0
    channels: int = 0
    has_video: bool = False
    complete: bool = False


def probe_file(path: Path, *, limits: Limits | None = None) -> ProbeResult:
    """Ask a limited child about `path`; one that dies or hangs is an answer too, never a raise."""
    limits = limits or Limits()
    command = child_command("training.prepare.probe", str(path.absolute()), *limits.as_options())
    try:
        child = subprocess.run(
            command,
            env=child_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=limits.probe_budget_s + STARTUP_ALLOWANCE_S,
        )
    except subprocess.TimeoutExpired:
        return _refused(FaultCode.TIMED_OUT, limits)
    try:
        answer: dict[str, Any] = json.loads(child.stdout)
    except ValueError:
        out_of_time = child.returncode == -signal.SIGXCPU
        return _refused(FaultCode.TIMED_OUT if out_of_time else FaultCode.CORRUPT, limits)
    if answer.get("code"):
        answer["code"] = FaultCode(answer["code"])
    return ProbeResult(**answer)


def _refused(code: FaultCode, limits: Limits) -> ProbeResult:
    return ProbeResult(ok=False, code=code, reason=describe(code, limits))
