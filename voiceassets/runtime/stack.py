"""A whole stack for the length of a `with` block: for the demo, tests and benchmarks."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from voiceassets.runtime import processes, roles, state
from voiceassets.runtime.environment import with_stack
from voiceassets.runtime.errors import StartError
from voiceassets.runtime.layout import ROOT, Layout
from voiceassets.runtime.processes import ProcessMark, Program
from voiceassets.runtime.state import StackState

START_TIMEOUT_S = 180.0
STOP_TIMEOUT_S = 60.0


class Stack:
    """Runs a supervisor as a child process, as `make up` does, and knows what it started."""

    def __init__(self, var: Path, *, web: bool = True, workers: bool = True, port: int = 0) -> None:
        self.layout = Layout.at(var)
        self.layout.prepare()
        flags = [f"--var={self.layout.var}", "up", "--no-first-login", f"--port={port}"]
        flags += [] if web else ["--no-web"]
        flags += [] if workers else ["--no-workers"]
        self._program = Program(
            name="stack",
            argv=(sys.executable, "-m", "voiceassets.runtime", *flags),
            log=self.layout.log("stack"),
            env=with_stack(self.layout),
            cwd=ROOT,
            grace_s=STOP_TIMEOUT_S,
        )
        self._supervisor: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Returns when the stack serves.

        Raises:
            StartError: it does not start, or this `var` already has a running stack.
        """
        self._supervisor = processes.start(self._program)
        try:
            self._wait_until_ready(self._supervisor)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        return self._state().url

    @property
    def env(self) -> dict[str, str]:
        """The environment of the stack's own processes."""
        return with_stack(self.layout, port=self._state().port)

    @property
    def superuser_dsn(self) -> str:
        """A database URL that row-level security does not bind: for tampering in a test or demo."""
        return roles.dsn(self.layout, roles.SUPERUSER)

    def process(self, name: str) -> ProcessMark:
        """The current process of that name; another one after a crash.

        Raises:
            LookupError: the stack runs no such program.
        """
        found = self._state().process(name)
        if found is None:
            raise LookupError(f"The stack runs no program `{name}`.")
        return found

    def stop(self) -> None:
        if self._supervisor is not None:
            processes.stop([(self._supervisor, self._program)])
            self._supervisor = None

    def _wait_until_ready(self, supervisor: subprocess.Popen[bytes]) -> None:
        end = time.monotonic() + START_TIMEOUT_S
        while True:
            seen = state.read(self.layout)
            if seen and seen.ready and seen.supervisor.pid == supervisor.pid:
                return
            if supervisor.poll() is not None or time.monotonic() > end:
                raise StartError(
                    f"The stack under {self.layout.var} did not start:\n"
                    + processes.tail(self._program.log, lines=40)
                )
            time.sleep(0.05)

    def _state(self) -> StackState:
        seen = state.read(self.layout)
        if seen is None:
            raise StartError("The stack is not running.")
        return seen
