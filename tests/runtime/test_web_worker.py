"""Clients that are slow on purpose lose their connection, and nobody else waits for them."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
import urllib3

from tests.runtime.small_server import PATIENCE_S, THREADS, WHOLE_BYTES
from voiceassets.runtime import processes
from voiceassets.runtime.layout import ROOT
from voiceassets.runtime.processes import Program
from voiceassets.runtime.supervisor import free_port

HEAD = b"POST / HTTP/1.1\r\nHost: x\r\n"
# What somebody says at once, and then a byte at a time.
SLOW = {
    "who says nothing": (b"", b""),
    "who never ends the head": (HEAD, b"x"),
    "who never ends the body": (HEAD + b"Content-Length: 9999\r\n\r\n", b"x"),
    "who never ends a chunk": (
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n270F\r\n",
        b"x",
    ),
    "who takes nothing": (b"GET /long HTTP/1.1\r\nHost: x\r\n\r\n", b""),
}


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    found = free_port(0, report=print)
    argv = (sys.executable, "-m", "tests.runtime.small_server", str(found))
    log: Path = tmp_path_factory.mktemp("server") / "log"
    program = Program(name="server", argv=argv, log=log, env={}, cwd=ROOT, grace_s=5.0)
    process = processes.start(program)
    try:
        assert processes.wait_until(
            lambda: log.exists() and "Booting worker" in log.read_text(), timeout_s=60
        ), processes.tail(log)
        yield found
    finally:
        processes.stop([(process, program)])


def drip(client: socket.socket, byte: bytes, stop: threading.Event) -> None:
    with suppress(OSError):
        while byte and not stop.wait(PATIENCE_S / 4):
            client.sendall(byte)


@pytest.mark.parametrize("who", SLOW)
def test_nobody_holds_a_thread_for_long(port: int, who: str) -> None:
    at_once, byte = SLOW[who]
    with ExitStack() as stack:
        stop = threading.Event()
        slow = [
            stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            for _ in range(THREADS)
        ]
        for client in slow:
            client.settimeout(60)
            client.sendall(at_once)
            dripping = threading.Thread(target=drip, args=(client, byte, stop))
            dripping.start()
            stack.callback(dripping.join)
        stack.callback(stop.set)
        answer = urllib3.request("POST", f"http://127.0.0.1:{port}/", body=b"abc", timeout=60)
        assert (answer.status, answer.data) == (200, b"3")
        # One had to lose its thread for that; the other would soon.
        assert min(len(taken(client)) for client in slow) < (100 if byte else WHOLE_BYTES)


def taken(client: socket.socket) -> bytes:
    """All that still comes until the server hangs up."""
    found = b""
    with suppress(ConnectionError):
        while chunk := client.recv(1024**2):
            found += chunk
    return found


def test_a_body_that_comes_slowly_and_steadily_arrives(port: int) -> None:
    size = 40_000
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.settimeout(60)
        client.sendall(HEAD + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % size)
        for _ in range(8):
            client.sendall(bytes(size // 8))
            threading.Event().wait(PATIENCE_S / 2)  # longer than that altogether
        assert b"%d" % size in taken(client)
