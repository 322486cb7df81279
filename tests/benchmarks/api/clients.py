"""Clients that cost little beside the server they measure: one socket and one thread each."""

from __future__ import annotations

import itertools
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

TIMEOUT_S = 60.0


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A response, how long it took from its due time, and how long until its first byte of body."""

    status: int
    body: bytes
    seconds: float
    first_byte_s: float = 0.0


def request(method: str, path: str, *, token: str, body: bytes = b"", key: str = "") -> bytes:
    """A whole HTTP/1.1 request, spelt once and sent as often as wanted."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {token}"]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    if key:
        lines.append(f"Idempotency-Key: {key}")
    return "\r\n".join([*lines, "", ""]).encode() + body


class Connection:
    """One kept-alive connection, opened again when the server has closed it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None

    def send(self, message: bytes) -> Answer:
        """Raises OSError when the server does not answer."""
        started = time.perf_counter()
        try:
            head, rest = self._exchange(message)
        except ConnectionError:
            self.close()
            head, rest = self._exchange(message)
        status = int(head[9:12])
        fields = head.lower()
        if b"transfer-encoding: chunked" in fields:
            rest, first = self._chunks(rest, started)
        else:
            first = time.perf_counter() - started
            _, _, length = fields.partition(b"content-length: ")
            wanted = int(length.partition(b"\r\n")[0] or 0)
            while len(rest) < wanted:
                rest += self._receive()
        if b"connection: close" in fields:
            self.close()
        seconds = time.perf_counter() - started
        return Answer(status=status, body=rest, seconds=seconds, first_byte_s=first)

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _exchange(self, message: bytes) -> tuple[bytes, bytes]:
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=TIMEOUT_S)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(message)
        found = b""
        while b"\r\n\r\n" not in found:
            found += self._receive()
        head, _, rest = found.partition(b"\r\n\r\n")
        return head, rest

    def _chunks(self, rest: bytes, started: float) -> tuple[bytes, float]:
        """The body of a chunked answer as it came, and when its first byte did."""
        while not rest:
            rest = self._receive()
        first = time.perf_counter() - started
        while not rest.endswith(b"0\r\n\r\n"):
            rest += self._receive()
        return rest, first

    def _receive(self) -> bytes:
        assert self._socket is not None, "opened by _exchange"
        found = self._socket.recv(65536)
        if not found:
            raise ConnectionResetError("the server closed the connection")
        return found


def closed_loop(
    port: int, messages: Iterable[bytes], *, clients: int, seconds: float
) -> tuple[list[Answer], float]:
    """Each client sends the next message when it has its answer; all answers, and the time taken.

    Stops after `seconds`, or when the messages are used up.
    """
    waiting, lock = iter(messages), threading.Lock()
    started = time.perf_counter()

    def drive() -> list[Answer]:
        connection, answers = Connection(port), []
        try:
            while time.perf_counter() - started < seconds:
                with lock:
                    message = next(waiting, None)
                if message is None:
                    break
                answers.append(connection.send(message))
        finally:
            connection.close()
        return answers

    with ThreadPoolExecutor(clients) as pool:
        driving = [pool.submit(drive) for _ in range(clients)]
        answers = [answer for client in driving for answer in client.result()]
    return answers, time.perf_counter() - started


def open_loop(
    port: int, messages: Iterator[bytes], *, per_second: float, seconds: float, clients: int = 32
) -> list[Answer]:
    """Messages leave by the clock whether or not the ones before were answered.

    An answer's time counts from when its message was due, so waiting for a free client counts.
    """
    count = int(per_second * seconds)
    numbers, lock = itertools.count(), threading.Lock()
    started = time.perf_counter() + 0.1

    def drive() -> list[Answer]:
        connection, answers = Connection(port), []
        try:
            while True:
                with lock:
                    number = next(numbers)
                    message = next(messages) if number < count else None
                if message is None:
                    return answers
                due = started + number / per_second
                time.sleep(max(0.0, due - time.perf_counter()))
                answer = connection.send(message)
                late = time.perf_counter() - due
                answers.append(Answer(status=answer.status, body=answer.body, seconds=late))
        finally:
            connection.close()

    with ThreadPoolExecutor(clients) as pool:
        driving = [pool.submit(drive) for _ in range(clients)]
        return [answer for client in driving for answer in client.result()]


def percentile(
    answers: Iterable[Answer], share: float, *, of: Callable[[Answer], float] | None = None
) -> float:
    """In seconds; `share` 0.5 is the median."""
    times = sorted((of or (lambda answer: answer.seconds))(answer) for answer in answers)
    return times[min(len(times) - 1, int(share * len(times)))]


def require_status(answers: Iterable[Answer], wanted: int) -> None:
    """Raises SystemExit when a request was not answered as it should be: no figure counts then."""
    others = [answer for answer in answers if answer.status != wanted]
    if others:
        raise SystemExit(f"{len(others)} answers were not {wanted}: {others[0].body[:300]!r}")
