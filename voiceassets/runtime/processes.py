"""Starts, recognises and ends the processes of the stack, each in a session of its own."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from voiceassets.runtime.privileges import NO_LACK, Reach, ServerUser, drop_command

PR_SET_PDEATHSIG = 1
LOG_KEPT_BYTES = 10_000_000


@dataclass(frozen=True, kw_only=True)
class Program:
    """One long-running command of the stack."""

    name: str
    argv: tuple[str, ...]
    log: Path
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    cwd: Path = Path("/")
    user: ServerUser | None = None
    reach: Reach = NO_LACK
    stop_signal: signal.Signals = signal.SIGTERM
    grace_s: float = 10.0


@dataclass(frozen=True, kw_only=True)
class ProcessMark:
    """A process as it can be recognised later: a pid alone may by then belong to somebody else."""

    name: str
    pid: int
    started_ticks: int
    stop_signal: int


def start(program: Program) -> subprocess.Popen[bytes]:
    """Starts the program with its output in its log.

    The kernel sends it its stop signal when the starting thread dies, however that happens.
    """
    argv, user = program.argv, program.user
    if user is not None and program.reach.capabilities:
        name = program.stop_signal.name.removeprefix("SIG")
        argv, user = (
            (*drop_command(user, program.reach, death_signal=name), *argv),
            None,
        )
    with _open_log(program.log) as log:
        return subprocess.Popen(
            argv,
            env=dict(program.env),
            cwd=program.cwd,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_end_with_parent(program.stop_signal),  # noqa: PLW1509  (one prctl call)
            user=user.uid if user else None,
            group=user.gid if user else None,
            extra_groups=[] if user else None,
        )


def mark(program: Program, pid: int) -> ProcessMark:
    return ProcessMark(
        name=program.name,
        pid=pid,
        started_ticks=started_ticks(pid) or 0,
        stop_signal=program.stop_signal,
    )


def own_mark() -> ProcessMark:
    """The calling process."""
    return mark(Program(name="supervisor", argv=(), log=Path(os.devnull)), os.getpid())


def is_alive(process: ProcessMark) -> bool:
    """Whether this very process still runs."""
    return started_ticks(process.pid) == process.started_ticks


def started_ticks(pid: int) -> int | None:
    """When a process started, in clock ticks since boot; None when it has ended."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The command name may hold blanks and brackets; the fields after the last bracket do not.
    fields = text.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else int(fields[19])


def stop(running: Iterable[tuple[subprocess.Popen[bytes], Program]]) -> None:
    """Asks the programs to end, all at once, and ends those that outlive their grace.

    Whatever they have started in their sessions goes with them.
    """
    pairs = list(running)
    for process, program in pairs:
        if process.poll() is None:
            _signal(process.pid, program.stop_signal)
    asked_at_s = time.monotonic()
    for process, program in pairs:
        left_s = asked_at_s + program.grace_s - time.monotonic()
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=max(0.0, left_s))
        kill_session(process.pid)
        process.wait()


def stop_left_over(marks: Iterable[ProcessMark]) -> bool:
    """Ends the processes of a stack whose supervisor was killed; whether any was left.

    They were asked to end when their parent died, so they get little more time.

    A session that outlived its leader still carries the leader's number, which the kernel gives
    to no other process meanwhile; a leader that started at another time is a stranger.
    """
    left = [mark for mark in marks if not _is_stranger(mark) and session_members(mark.pid)]
    for mark in left:
        _signal(mark.pid, mark.stop_signal)
    wait_until(lambda: not any(session_members(mark.pid) for mark in left), timeout_s=2.0)
    for mark in left:
        kill_session(mark.pid)
    return bool(left)


def kill_session(session: int) -> None:
    """Kills whatever runs in the session, until nothing does."""
    while members := session_members(session):
        for pid in members:
            _signal(pid, signal.SIGKILL)
        time.sleep(0.01)


def session_members(session: int) -> list[int]:
    members = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            pid = int(entry.name)
            with suppress(ProcessLookupError):
                if os.getsid(pid) == session and started_ticks(pid) is not None:
                    members.append(pid)
    return members


def _is_stranger(mark: ProcessMark) -> bool:
    return started_ticks(mark.pid) not in (None, mark.started_ticks)


def wait_until(condition: Callable[[], bool], *, timeout_s: float, every_s: float = 0.05) -> bool:
    """Whether the condition came true in time."""
    end = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(every_s)
    return True


def tail(log: Path, lines: int = 20) -> str:
    """The last lines of a log, for a message that says why something failed."""
    if not log.exists():
        return "(no log)"
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def _open_log(path: Path) -> BinaryIO:
    if path.exists() and path.stat().st_size > LOG_KEPT_BYTES:
        path.replace(path.with_suffix(".log.1"))
    return path.open("ab")


def _signal(pid: int, number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def _end_with_parent(number: signal.Signals) -> Callable[[], None]:
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def in_child() -> None:
        prctl(PR_SET_PDEATHSIG, int(number))
        if os.getppid() != parent:  # it died before we had asked
            os._exit(1)

    return in_child
