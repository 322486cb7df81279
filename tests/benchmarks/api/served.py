"""The platform as it is served: its own web program and worker on a private, durable stack."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self

import psutil

from voiceassets.runtime import processes
from voiceassets.runtime.programs import WEB, platform_programs
from voiceassets.runtime.stack import Stack
from voiceassets.runtime.supervisor import free_port

READY = {WEB: "Listening at", "interactive": " ready."}
START_TIMEOUT_S = 120.0
LIMITS = ("API_RATE_QUOTA", "INTERACTIVE_WAITING_MOST", "INTERACTIVE_WAITING_MOST_EACH")
NO_LIMIT = "1000000000"


@dataclass(frozen=True, kw_only=True)
class Spent:
    """Processor time in seconds: of the program that was asked, and of the database's processes."""

    program_s: float
    database_s: float

    @property
    def both_s(self) -> float:
        return self.program_s + self.database_s


class Served:
    """A running stack with a web server on `port`; `start` and `stop` run further programs."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.port = free_port(0, report=print)
        # A key of the bench sends as many requests as it can, and many wait: what is measured are
        # not the limits. Without a base nobody listens to what the fake engine says.
        more = dict.fromkeys(LIMITS, NO_LIMIT)
        more["BASE_MODEL_DIR"] = str(stack.layout.var / "no-base")
        self.env = {**os.environ, **stack.env, **more}
        programs = platform_programs(stack.layout, self.env, port=self.port, web=True, workers=True)
        self._programs = {program.name: program for program in programs}
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        self.start(WEB)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for name in list(self._running):
            self.stop(name)

    def start(self, name: str, others: Mapping[str, str] | None = None) -> None:
        """Start one of the platform's programs and wait for it; with `others` for some words of its
        command, which it keeps.
        """
        program = self._programs[name]
        program = replace(
            program, argv=tuple((others or {}).get(word, word) for word in program.argv)
        )
        seen = len(program.log.read_text()) if program.log.exists() else 0
        self._programs[name] = program
        self._running[name] = processes.start(program)
        if name in READY and not processes.wait_until(
            lambda: READY[name] in program.log.read_text()[seen:], timeout_s=START_TIMEOUT_S
        ):
            raise SystemExit(f"{name} did not start:\n{processes.tail(program.log)}")

    def stop(self, name: str) -> None:
        processes.stop([(self._running.pop(name), self._programs[name])])

    def members(self, name: str) -> list[psutil.Process]:
        return [psutil.Process(pid) for pid in processes.session_members(self._running[name].pid)]

    @contextmanager
    def measured(self, name: str = WEB) -> Iterator[list[Spent]]:
        """The list gets what was spent inside the block, when that ends."""
        found: list[Spent] = []
        before = self._spent(name)
        yield found
        after = self._spent(name)
        found.append(
            Spent(
                program_s=after.program_s - before.program_s,
                database_s=after.database_s - before.database_s,
            )
        )

    def _spent(self, name: str) -> Spent:
        return Spent(
            program_s=sum(_cpu_s(process) for process in self.members(name)),
            database_s=sum(_cpu_s(process) for process in self._database()),
        )

    def _database(self) -> list[psutil.Process]:
        """The server and its children; a session that ended is counted with the server's own."""
        pid_file = self.stack.layout.database / "postmaster.pid"
        server = psutil.Process(int(pid_file.read_text().split("\n", 1)[0]))
        return [server, *server.children(recursive=True)]


def _cpu_s(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system + times.children_user + times.children_system)
