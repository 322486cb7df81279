"""Starts the stack in order, restarts what crashes, and stops all of it however it is told to."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from voiceassets.runtime import postgres, processes, programs, roles, state
from voiceassets.runtime.environment import public_url, with_stack
from voiceassets.runtime.errors import StartError
from voiceassets.runtime.layout import Layout
from voiceassets.runtime.postgres import Postgres
from voiceassets.runtime.processes import Program
from voiceassets.runtime.redis import Redis
from voiceassets.runtime.state import StackState

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
WATCH_EVERY_S = 0.2
WEB_TIMEOUT_S = 60.0
FIRST_BACK_OFF_S = 0.5
LONGEST_BACK_OFF_S = 30.0
# A program that has run this long is taken to be well; its next crash is a first one again.
WELL_AFTER_S = 60.0

Report = Callable[[str], None]


class StopRequestedError(Exception):
    """Somebody has asked the supervisor to stop."""


@dataclass(kw_only=True)
class Running:
    """A program, its current process, and how it has fared."""

    program: Program
    process: subprocess.Popen[bytes]
    started_at_s: float
    crashes: int = 0
    restart_at_s: float | None = None


class Supervisor:
    """The life of one stack, in one thread; `run()` returns when it has been told to stop."""

    def __init__(
        self,
        layout: Layout,
        *,
        port: int,
        report: Report,
        web: bool = True,
        workers: bool = True,
        first_login: bool = False,
    ) -> None:
        self.layout = layout
        self.port = port
        self.web = web
        self.workers = workers
        self.first_login = first_login
        self.report = report
        self.running: list[Running] = []
        self.ready = False
        self.stopping = False

    def run(self) -> None:
        """Starts everything and watches over it until a stop signal comes.

        Raises:
            StartError: a part did not start; whatever had started is stopped again.
            AlreadyRunningError: this `var` has a supervisor.
        """
        self.layout.prepare()
        with state.hold_lock(self.layout), self._obey_stop_signals():
            os.umask(0o077)
            clean_up(self.layout)
            try:
                self._start_servers()
                self._start_platform()
                self._announce()
                self._watch()
            except StopRequestedError:
                self.report("Stopping …")
            finally:
                self._stop()
                state.clear(self.layout)

    def _start_servers(self) -> None:
        database, broker = Postgres.under(self.layout), Redis.under(self.layout)
        database.prepare()
        database.wait_until_ready(self._start(database.program()))
        roles.ensure_roles_and_database(self.layout)
        facts = database.binaries
        self.report(f"database     PostgreSQL {facts.version} ({facts.origin})")
        self._check()
        broker.prepare()
        broker.wait_until_ready(self._start(broker.program()))
        self.report(f"broker       {broker.binary.path.name} {broker.binary.version}")

    def _start_platform(self) -> None:
        self.port = free_port(self.port, report=self.report) if self.web else self.port
        env = with_stack(self.layout, port=self.port)
        first_login = [programs.FIRST_LOGIN] if self.first_login else []
        for step in [*programs.SET_UP, *first_login]:
            # The application's role may not change the schema; its owner may.
            owner = {"DATABASE_URL": env["DATABASE_OWNER_URL"]} if step.as_owner else {}
            self._run_to_end(
                programs.platform_program(self.layout, env | owner, name=step.name, argv=step.argv)
            )
        for program in programs.platform_programs(
            self.layout, env, port=self.port, web=self.web, workers=self.workers
        ):
            self._start(program)
            self.report(f"{program.name:<12} log in {program.log}")
        if self.web:
            self._wait_for_web()

    def _run_to_end(self, program: Program) -> None:
        process = processes.start(program)
        try:
            while process.poll() is None:
                self._pause()
        finally:
            processes.stop([(process, program)])
        if process.returncode != 0:
            raise StartError(_why(program))
        self.report(f"{program.name:<12} done")

    def _wait_for_web(self) -> None:
        """Returns when the web process answers.

        Raises:
            StartError: it took too long, or any program has ended meanwhile.
        """
        end = time.monotonic() + WEB_TIMEOUT_S
        while not _answers(self.port):
            for child in self.running:
                if child.process.poll() is not None:
                    raise StartError(_why(child.program))
            if time.monotonic() > end:
                raise StartError(f"The web process does not answer on port {self.port}.")
            self._pause()

    def _announce(self) -> None:
        self.ready = True
        self._write_state()
        if self.web:
            self.report(f"Voice Assets serves {public_url(self.port)} until Ctrl-C.")
        if self.first_login and self.layout.first_login.exists():
            self.report(f"The first keys are in {self.layout.first_login}.")

    def _start(self, program: Program) -> subprocess.Popen[bytes]:
        process = processes.start(program)
        child = Running(program=program, process=process, started_at_s=time.monotonic())
        self.running.append(child)
        self._write_state()
        return process

    def _watch(self) -> None:
        while True:
            self._pause()
            for child in self.running:
                if child.restart_at_s is not None:
                    self._restart_when_due(child)
                elif child.process.poll() is not None:
                    self._note_crash(child)

    def _note_crash(self, child: Running) -> None:
        # What the dead leader had started must not work on beside its successor.
        processes.kill_session(child.process.pid)
        now = time.monotonic()
        child.crashes = 1 if now - child.started_at_s > WELL_AFTER_S else child.crashes + 1
        wait_s = min(LONGEST_BACK_OFF_S, FIRST_BACK_OFF_S * 2 ** (child.crashes - 1))
        child.restart_at_s = now + wait_s
        code, name = child.process.returncode, child.program.name
        self.report(f"{name} ended with {code}; starting it again in {wait_s:g} s")

    def _restart_when_due(self, child: Running) -> None:
        if child.restart_at_s is not None and time.monotonic() >= child.restart_at_s:
            child.process = processes.start(child.program)
            child.started_at_s, child.restart_at_s = time.monotonic(), None
            self._write_state()

    def _stop(self) -> None:
        """The platform first and together, then the servers it leans on."""
        children = [(child.process, child.program) for child in self.running]
        processes.stop(children[2:])
        processes.stop(children[1:2])
        processes.stop(children[:1])

    def _write_state(self) -> None:
        marks = [processes.mark(child.program, child.process.pid) for child in self.running]
        state.write(
            self.layout,
            StackState(
                supervisor=processes.own_mark(),
                port=self.port,
                url=public_url(self.port),
                ready=self.ready,
                processes=tuple(marks),
            ),
        )

    @contextmanager
    def _obey_stop_signals(self) -> Iterator[None]:
        """A signal only raises a flag, so that it never tears a step in two."""

        def on_signal(_number: int, _frame: FrameType | None) -> None:
            self.stopping = True

        before = {number: signal.signal(number, on_signal) for number in STOP_SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _pause(self) -> None:
        self._check()
        time.sleep(WATCH_EVERY_S)
        self._check()

    def _check(self) -> None:
        if self.stopping:
            raise StopRequestedError


def clean_up(layout: Layout) -> bool:
    """Ends what a killed supervisor has left behind; the caller holds the lock.

    Returns whether there was anything.
    """
    left = state.read(layout)
    ended = postgres.stop_stray(layout)
    ended = processes.stop_left_over(left.processes if left else ()) or ended
    state.clear(layout)
    return ended


def free_port(wanted: int, *, report: Report) -> int:
    """The wanted port, or any free one when it is taken (0 asks for any)."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            probe.bind(("127.0.0.1", 0))
            report(f"Port {wanted} is taken; using {probe.getsockname()[1]} instead.")
        port: int = probe.getsockname()[1]
        return port


def _answers(port: int) -> bool:
    """Whether something speaks HTTP there; what it says does not matter."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    else:
        return True
    finally:
        connection.close()


def _why(program: Program) -> str:
    return f"`{program.name}` failed. {program.log} ends:\n{processes.tail(program.log)}"
