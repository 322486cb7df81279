"""A loopback proxy before the S3 server that spoils chosen requests, as networks do."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import urlsplit

HOP_BY_HOP = frozenset({"connection", "transfer-encoding", "content-length", "server", "date"})


class Fault(Enum):
    """What happens to a request."""

    NONE = "passed on"
    REFUSED = "answered with 503 and not passed on"
    ANSWER_LOST = "passed on, then the connection closes"
    CUT_SHORT = "passed on, and half of the answer's body comes back"
    SILENT = "not passed on, and not answered before the client has given up"


@dataclass
class FlakyServer:
    """`faults` are used up, one a request; afterwards `chance` decides, or everything passes."""

    endpoint: str = ""
    faults: list[Fault] = field(default_factory=list)
    methods: list[str] = field(default_factory=list)
    chance: Callable[[], Fault] = lambda: Fault.NONE
    silent_s: float = 0.0


@contextmanager
def flaky(target: str) -> Iterator[FlakyServer]:
    state = FlakyServer()
    address = urlsplit(target).netloc

    class Proxy(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            state.methods.append(self.command)
            fault = state.faults.pop(0) if state.faults else state.chance()
            content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.close_connection = True
            if fault is Fault.SILENT:
                time.sleep(state.silent_s)
                return
            if fault is Fault.REFUSED:
                self.send_response(503)
                self.send_header("Content-Length", "0")
                self.send_header("Connection", "close")
                self.end_headers()
                return
            upstream = http.client.HTTPConnection(address)
            upstream.request(self.command, self.path, content, dict(self.headers))
            answer = upstream.getresponse()
            body = answer.read()
            upstream.close()
            if fault is Fault.ANSWER_LOST:
                return
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in HOP_BY_HOP:
                    self.send_header(name, value)
            length = answer.getheader("Content-Length") or len(body)
            self.send_header("Content-Length", str(length))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(body[: len(body) // 2] if fault is Fault.CUT_SHORT else body)

        do_GET = do_PUT = do_HEAD = do_DELETE = _serve  # noqa: N815  (names the base class calls)

        def log_message(self, *_: object) -> None:
            """Nobody reads a test's access log."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    state.endpoint = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
