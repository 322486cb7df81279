"""`python -m tests.runtime.small_server PORT`: the web server's worker with a small application.

Two threads, and less patience than the real one has, so that a test need not wait for it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

from gunicorn.app.base import BaseApplication

from voiceassets.runtime import web_worker

THREADS, PATIENCE_S = 2, 0.4
WHOLE_BYTES = 64 * 1024**2


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Read what is sent; answer with a word, or with more than the kernel keeps for a client."""
    length = len(environ["wsgi.input"].read())
    start_response("200 OK", [("Content-Type", "text/plain")])
    if environ["PATH_INFO"] == "/long":
        return (bytes(1024**2) for _ in range(WHOLE_BYTES // 1024**2))
    return [str(length).encode()]


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    def __init__(self, port: str) -> None:
        self._port = port
        super().__init__()

    def load_config(self) -> None:
        self.cfg.set("bind", f"127.0.0.1:{self._port}")
        self.cfg.set("threads", THREADS)
        self.cfg.set("worker_class", "voiceassets.runtime.web_worker.Worker")
        self.cfg.set("control_socket_disable", True)
        self.cfg.set("graceful_timeout", 1)

    def load(self) -> Any:
        return application


if __name__ == "__main__":
    web_worker.HEAD_S = web_worker.SILENCE_S = PATIENCE_S
    Server(sys.argv[1]).run()
