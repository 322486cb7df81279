"""The private PostgreSQL of one stack: made once, socket only, never run as root."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg2

from voiceassets.runtime import processes
from voiceassets.runtime.binaries import PostgresBinaries, find_postgres
from voiceassets.runtime.errors import StartError
from voiceassets.runtime.layout import Layout
from voiceassets.runtime.privileges import NO_LACK, Reach, ServerUser, own, reach, server_user
from voiceassets.runtime.processes import Program
from voiceassets.runtime.roles import SUPERUSER, dsn, password

START_TIMEOUT_S = 60.0
# The character order of plain C is always there; C.UTF-8 also knows the case of accented letters.
LOCALES = ("C.UTF-8", "C")

SMALL = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "120",
    "shared_buffers": "64MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "256MB",
    "max_parallel_workers_per_gather": "0",
    "autovacuum_max_workers": "1",
    "jit": "off",
    "log_line_prefix": "%m [%p] %q%u@%d ",
}
# A power cut may lose everything; only for data that is thrown away anyway.
UNSAFE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True, kw_only=True)
class Postgres:
    """What it takes to run the database of one `var`."""

    layout: Layout
    binaries: PostgresBinaries
    user: ServerUser | None
    reach: Reach
    durable: bool

    @classmethod
    def under(cls, layout: Layout, *, durable: bool = True) -> Postgres:
        """Chooses programs that can read an existing database, and the user to run them.

        Raises:
            StartError: there are none on this machine.
        """
        binaries = find_postgres(major=existing_major(layout))
        user = server_user()
        need = NO_LACK
        if user is not None:
            programs = [binaries.folder / "postgres", binaries.folder / "initdb"]
            need = reach(user, files=[layout.database, layout.sockets / "x"], programs=programs)
        return cls(layout=layout, binaries=binaries, user=user, reach=need, durable=durable)

    def prepare(self) -> None:
        """Makes the database cluster where there is none, and clears what a crash left behind."""
        own(self.layout.sockets, self.user)
        if existing_major(self.layout) is None:
            self._make_cluster()
        stop_stray(self.layout)

    def program(self) -> Program:
        settings = SMALL | {"unix_socket_directories": str(self.layout.sockets)}
        if not self.durable:
            settings |= UNSAFE
        options = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
        command = ("postgres", "-D", str(self.layout.database), *options)
        # SIGINT is the fast shutdown: it ends the sessions instead of waiting for them.
        return self._program("postgres", command, stop_signal=signal.SIGINT)

    def wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        """Returns once the server answers.

        Raises:
            StartError: it ended, refused the password, or took too long.
        """
        end = time.monotonic() + START_TIMEOUT_S
        while True:
            try:
                psycopg2.connect(dsn(self.layout, SUPERUSER, database="postgres")).close()
                return
            except psycopg2.OperationalError as error:
                if "password authentication failed" in str(error):
                    raise StartError(
                        f"The database under {self.layout.database} was made with another "
                        f"password than the one in {self.layout.secrets}. Put that folder back, "
                        "or move the database away to begin with an empty one."
                    ) from error
                if process.poll() is not None or time.monotonic() > end:
                    raise StartError(
                        "PostgreSQL did not start. Its log ends:\n"
                        + processes.tail(self.layout.log("postgres"))
                    ) from error
            time.sleep(0.03)

    def _make_cluster(self) -> None:
        """Makes the cluster beside its place and moves it there, so that no half of one stays."""
        draft = self.layout.var / "postgres.new"
        password_file = self.layout.sockets / "password"
        password_file.touch(mode=0o600)
        password_file.write_text(password(self.layout, SUPERUSER))
        own(password_file, self.user)
        try:
            if not any(self._initdb(draft, password_file, locale) for locale in LOCALES):
                raise StartError(
                    "PostgreSQL could not make its files. Its log ends:\n"
                    + processes.tail(self.layout.log("postgres"))
                )
        finally:
            password_file.unlink()
        draft.rename(self.layout.database)

    def _initdb(self, folder: Path, password_file: Path, locale: str) -> bool:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
        own(folder, self.user)
        command = [
            "initdb",
            f"--pgdata={folder}",
            f"--username={SUPERUSER}",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            f"--locale={locale}",
        ]
        if not self.durable:
            command.append("--no-sync")
        making = processes.start(self._program("initdb", tuple(command)))
        return making.wait() == 0

    def _program(
        self,
        name: str,
        command: tuple[str, ...],
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> Program:
        return Program(
            name=name,
            argv=(str(self.binaries.folder / command[0]), *command[1:]),
            log=self.layout.log("postgres"),
            env={"PATH": os.defpath, "LC_MESSAGES": "C", "TZ": "UTC"},
            user=self.user,
            reach=self.reach,
            stop_signal=stop_signal,
            grace_s=20.0,
        )


def existing_major(layout: Layout) -> int | None:
    """The major version of the database that is there, None when there is none yet."""
    try:
        return int((layout.database / "PG_VERSION").read_text())
    except FileNotFoundError:
        return None


def stop_stray(layout: Layout) -> bool:
    """Stops a server that outlived its supervisor, and removes its pid files.

    PostgreSQL refuses to start as long as any process has the number in its pid file, as happens
    after a restart of the machine; so the file goes unless that process really is our server.

    Returns whether a server was stopped.
    """
    pid_file = layout.database / "postmaster.pid"
    try:
        pid = int(pid_file.read_text().split("\n", 1)[0])
    except FileNotFoundError:
        return False
    running = _serves(pid, layout.database)
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        if not _serves(pid, layout.database):
            break
        with suppress(ProcessLookupError):
            os.kill(pid, number)
        processes.wait_until(lambda: not _serves(pid, layout.database), timeout_s=10.0)
    pid_file.unlink(missing_ok=True)
    for name in (".s.PGSQL.5432", ".s.PGSQL.5432.lock"):
        (layout.sockets / name).unlink(missing_ok=True)
    return running


def _serves(pid: int, database: Path) -> bool:
    """Whether a process is the server of this database: a server works inside its data folder."""
    if processes.started_ticks(pid) is None:
        return False
    try:
        return Path(f"/proc/{pid}/cwd").resolve() == database.resolve()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return False
