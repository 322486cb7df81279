"""The private Redis-protocol server of one stack: a socket, no port, nothing kept on disk."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from dataclasses import dataclass

from voiceassets.runtime import processes
from voiceassets.runtime.binaries import RedisBinary, find_redis
from voiceassets.runtime.errors import StartError
from voiceassets.runtime.layout import Layout
from voiceassets.runtime.privileges import NO_LACK, Reach, ServerUser, own, reach, server_user
from voiceassets.runtime.processes import Program

START_TIMEOUT_S = 20.0


@dataclass(frozen=True, kw_only=True)
class Redis:
    """What it takes to run the broker of one `var`."""

    layout: Layout
    binary: RedisBinary
    user: ServerUser | None
    reach: Reach

    @classmethod
    def under(cls, layout: Layout) -> Redis:
        """Chooses the server program and the user to run it.

        Raises:
            StartError: this machine has no such program.
        """
        binary, user, need = find_redis(), server_user(), NO_LACK
        if user is not None:
            need = reach(user, files=[layout.redis_socket], programs=[binary.path])
        return cls(layout=layout, binary=binary, user=user, reach=need)

    def prepare(self) -> None:
        own(self.layout.sockets, self.user)
        self.layout.redis_socket.unlink(missing_ok=True)

    def program(self) -> Program:
        options = {
            "port": "0",
            "unixsocket": str(self.layout.redis_socket),
            "unixsocketperm": "700",
            "save": "",
            "appendonly": "no",
            "dir": str(self.layout.sockets),
            "daemonize": "no",
        }
        words = [word for key, value in options.items() for word in (f"--{key}", value)]
        return Program(
            name="redis",
            argv=(str(self.binary.path), *words),
            log=self.layout.log("redis"),
            env={"PATH": os.defpath},
            user=self.user,
            reach=self.reach,
            grace_s=5.0,
        )

    def wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        """Returns once the server answers.

        Raises:
            StartError: it ended, or took too long.
        """
        end = time.monotonic() + START_TIMEOUT_S
        while not self._answers():
            if process.poll() is not None or time.monotonic() > end:
                raise StartError(
                    "The Redis server did not start. Its log ends:\n"
                    + processes.tail(self.layout.log("redis"))
                )
            time.sleep(0.02)

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(1.0)
            try:
                client.connect(str(self.layout.redis_socket))
                client.sendall(b"PING\r\n")
                return client.recv(16).startswith(b"+PONG")
            except OSError:
                return False
