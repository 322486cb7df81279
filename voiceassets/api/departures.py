"""Whether the client of a long request is still there."""

from __future__ import annotations

import select
import socket

from rest_framework.request import Request

from voiceassets.core.errors import DomainError


class ClientLeft(DomainError):
    """Nobody waits for the answer any more, so its work was cancelled."""

    code = "client_left"
    status = 408


def has_left(request: Request) -> bool:
    """True once the client closed its connection; False where the server does not show it."""
    connection = request.META.get("gunicorn.socket")
    if connection is None:
        return False
    try:
        waiting = select.poll()
        waiting.register(connection, select.POLLIN)
        # The server's socket has a timeout, and to look would wait for so long.
        return bool(waiting.poll(0)) and connection.recv(1, socket.MSG_PEEK) == b""
    except (OSError, ValueError):
        return True
