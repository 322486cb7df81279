"""The web server's worker, which lets go of clients that are slow on purpose.

gunicorn's own waits in a thread until a client has said all it wants to say, or has taken all that
it is told; a few that never do hold every thread. Here a connection has no thread before it says
something, a request's head has `HEAD_S`, a body has to come at `LEAST_BYTES_S` after `SILENCE_S`,
and whoever takes nothing of an answer for `SILENCE_S` gets no more of it.
"""

from __future__ import annotations

import errno
import selectors
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

HEAD_S = 10.0
SILENCE_S = 30.0
LEAST_BYTES_S = 8192

Late = Callable[[float], bool]


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """Threads for requests; the main loop looks after clients that are late."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Whose request is on its way, and how to tell at some time whether it is late.
        self._asking: dict[TConn, Late] = {}

    def enqueue_req(self, conn: TConn) -> None:
        """A thread for a connection on which something was said; others wait without one."""
        if conn.initialized or conn.data_ready:
            super().enqueue_req(conn)
            return
        conn.sock.setblocking(False)
        conn.timeout = time.monotonic() + HEAD_S
        self.pending_conns.append(conn)
        self.poller.register(
            conn.sock, selectors.EVENT_READ, partial(self.on_pending_socket_readable, conn)
        )

    def handle(self, conn: TConn) -> Any:
        deadline = time.monotonic() + HEAD_S
        self._asking[conn] = lambda now: now > deadline
        try:
            return super().handle(conn)
        finally:
            self._asking.pop(conn, None)

    def handle_request(self, req: Any, conn: TConn) -> bool:
        conn.sock.settimeout(SILENCE_S)
        req.body.reader = body = Body(req.body.reader)
        self._asking[conn] = body.is_late
        try:
            return bool(super().handle_request(req, conn))
        except TimeoutError as error:
            raise ConnectionResetError(errno.ECONNRESET, "the client was too slow") from error

    def murder_pending(self) -> None:
        """Also hang up on those who are late with a request: its thread then hears its end."""
        super().murder_pending()
        now = time.monotonic()
        for conn, is_late in self._asking.copy().items():
            if is_late(now):
                with suppress(OSError):
                    conn.sock.shutdown(socket.SHUT_RDWR)


class Body:
    """A reader of gunicorn's that knows how long it has waited for how much."""

    def __init__(self, reader: Any) -> None:
        self._reader = reader
        self._received, self._waited_s = 0, 0.0
        self._waits_since_s: float | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reader, name)

    def read(self, size: int) -> bytes:
        self._waits_since_s = began_s = time.monotonic()
        try:
            found: bytes = self._reader.read(size)
        finally:
            self._waits_since_s = None
            self._waited_s += time.monotonic() - began_s
        self._received += len(found)
        return found

    def is_late(self, now: float) -> bool:
        """Whether somebody waits for it who has waited too long; not while it is worked on."""
        since_s = self._waits_since_s
        if since_s is None:
            return False
        waited_s = self._waited_s + now - since_s
        return waited_s > SILENCE_S + self._received / LEAST_BYTES_S
