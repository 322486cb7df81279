"""The platform's own programs on private servers, to be killed, paused and brought back."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import psutil
import redis
import urllib3

from synthesis.bundles.random_base import write_random_base
from voiceassets.runtime import processes, roles
from voiceassets.runtime.layout import ROOT
from voiceassets.runtime.postgres import Postgres
from voiceassets.runtime.processes import Program
from voiceassets.runtime.programs import SET_UP, platform_program, platform_programs
from voiceassets.runtime.redis import Redis
from voiceassets.runtime.supervisor import FIRST_BACK_OFF_S, free_port
from voiceassets.runtime.testing import PrivateServers

if TYPE_CHECKING:
    from voiceassets.jobs.models import Job

POLL_S = 0.01
# That of the base which the company's voice is made from.
BASE_SEED = 7
START_TIMEOUT_S = 120.0
KILL_TIMEOUT_S = 120.0
READY = {"worker": " ready.", "interactive": " ready.", "web": "Listening at"}


class Platform:
    """Runs programs as the supervisor does, and starts those that die again after its pause.

    Not the supervisor itself: that waits longer after every crash, and here crashes are the rule.
    """

    def __init__(
        self,
        servers: PrivateServers,
        *,
        lease_s: int,
        names: Collection[str],
        var: Path | None = None,
    ) -> None:
        """`names` are the programs to run, and `var` holds their files if not the servers' own."""
        var = var or servers.layout.var
        self.servers = servers
        self.lease_s = lease_s
        self.port = free_port(0, report=print)
        self.order = var / "fault"
        self.env = {
            **os.environ,
            **servers.env,
            "VOICEASSETS_VAR": str(var),
            "MASTER_KEY_FILE": str(servers.layout.secrets / "master.keys"),
            "JOB_LEASE_S": str(lease_s),
            "VOICEASSETS_FAULT": str(self.order),
            "VOICEASSETS_PUBLIC_URL": self.url,
        }
        every = platform_programs(servers.layout, self.env, port=self.port, web=True, workers=True)
        self.programs = {program.name: program for program in every if program.name in names}
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._back_at_s: dict[str, float] = {}
        self._log_from: dict[str, int] = {}
        self._closing = ExitStack()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        try:
            self._start_all()
        except BaseException:
            self._stop_all()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop_all()

    def set_up(self) -> None:
        """The tables, a base model and the static files.

        Raises:
            CalledProcessError: a command failed.
        """
        for step in SET_UP:
            dsn = {"DATABASE_URL": roles.dsn(self.servers.layout, roles.OWNER)}
            program = platform_program(
                self.servers.layout,
                self.env | (dsn if step.as_owner else {}),
                name=step.name,
                argv=step.argv,
            )
            subprocess.run(program.argv, env=program.env, cwd=ROOT, check=True, capture_output=True)
        base = Path(self.env["BASE_MODEL_DIR"])
        if not base.exists():
            write_random_base(base, seed=BASE_SEED)

    def start(self, name: str) -> None:
        log = self.programs[name].log
        self._log_from[name] = len(log.read_text()) if log.exists() else 0
        self._running[name] = processes.start(self.programs[name])

    def stop(self, name: str) -> None:
        """Ask the program to end, as `make down` does; it is not started again by itself."""
        processes.stop([(self._running.pop(name), self.programs[name])])

    def wait_until_ready(self, name: str) -> None:
        log, begun = self.programs[name].log, self._log_from[name]
        if not self.wait_until(
            lambda: READY[name] in log.read_text()[begun:], timeout_s=START_TIMEOUT_S
        ):
            raise TimeoutError(processes.tail(log))

    def signal(self, number: signal.Signals, *names: str) -> None:
        """To every process of these programs."""
        for name in names:
            for process in self.members(name):
                process.send_signal(number)

    def members(self, name: str) -> list[psutil.Process]:
        """Every process of the program."""
        found = []
        for pid in processes.session_members(self._running[name].pid):
            with suppress(psutil.NoSuchProcess):
                found.append(psutil.Process(pid))
        return found

    def pause(self, *names: str) -> None:
        self.signal(signal.SIGSTOP, *names)

    def resume(self, *names: str) -> None:
        self.signal(signal.SIGCONT, *names)

    def broker(self) -> redis.Redis:
        return redis.Redis.from_url(self.env["REDIS_URL"], socket_timeout=5)

    def kill_broker(self) -> None:
        pid = self.broker().info("server")["process_id"]
        os.kill(pid, signal.SIGKILL)
        processes.wait_until(lambda: processes.started_ticks(pid) is None, timeout_s=5)

    def revive_broker(self) -> None:
        """Start it again, empty."""
        self._run_server(Redis.under(self.servers.layout))

    def _run_server(self, server: Postgres | Redis) -> None:
        server.prepare()
        program = server.program()
        process = processes.start(program)
        self._closing.callback(processes.stop, [(process, program)])
        server.wait_until_ready(process)

    def restart_database(self) -> None:
        """End it as a crash would, without a checkpoint; it recovers from its log."""
        pid = int((self.servers.layout.database / "postmaster.pid").read_text().split("\n", 1)[0])
        os.kill(pid, signal.SIGQUIT)
        processes.wait_until(lambda: processes.started_ticks(pid) is None, timeout_s=20)
        self._run_server(Postgres.under(self.servers.layout))

    @contextmanager
    def restarted(self, *names: str, env: Mapping[str, str]) -> Iterator[None]:
        """These programs run with more in their environment, and afterwards as before."""
        before = {name: self.programs[name] for name in names if name in self.programs}
        self._exchange({name: replace(p, env={**p.env, **env}) for name, p in before.items()})
        try:
            yield
        finally:
            self._exchange(before)

    def _exchange(self, programs: Mapping[str, Program]) -> None:
        for name in programs:
            self.stop(name)
        self.programs.update(programs)
        for name in programs:
            self.start(name)
        for name in set(programs) & set(READY):
            self.wait_until_ready(name)

    def wait_until(self, condition: Callable[[], bool], *, timeout_s: float) -> bool:
        """Whether the condition came true in time; meanwhile the dead are brought back."""
        end = time.monotonic() + timeout_s
        while not condition():
            if time.monotonic() > end:
                return False
            self._bring_back()
            time.sleep(POLL_S)
        return True

    def order_kill(self, point: str, *, job: Job | None = None) -> None:
        """Have the next process that reaches `point` of a job kill itself, or all of one job."""
        draft = self.order.with_suffix(".new")
        draft.write_text(f"{point} {job.pk}" if job else point)
        draft.replace(self.order)

    def await_kill(self) -> float:
        """Return when it happened, in seconds since the epoch.

        Raises:
            TimeoutError: no worker came by.
        """
        if not self.wait_until(lambda: not self.order.exists(), timeout_s=KILL_TIMEOUT_S):
            raise TimeoutError(f"no worker reached {self.order.read_text()!r}")
        return time.time()

    def _start_all(self) -> None:
        for name in self.programs:
            self.start(name)
        for name in self.programs:
            if name in READY:
                self.wait_until_ready(name)
        if "web" in self.programs:
            # The first request waits for imports, which no measurement here is about.
            urllib3.request("GET", f"{self.url}/healthz", timeout=START_TIMEOUT_S)

    def _stop_all(self) -> None:
        self.order.unlink(missing_ok=True)
        self.resume(*self._running)
        processes.stop((process, self.programs[name]) for name, process in self._running.items())
        self._closing.close()

    def _bring_back(self) -> None:
        now = time.monotonic()
        for name, process in list(self._running.items()):
            if process.poll() is None:
                continue
            if name not in self._back_at_s:
                processes.kill_session(process.pid)
                self._back_at_s[name] = now + FIRST_BACK_OFF_S
            elif now >= self._back_at_s[name]:
                del self._back_at_s[name]
                self.start(name)
