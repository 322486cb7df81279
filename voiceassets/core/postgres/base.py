"""Django's PostgreSQL, where a connection that one thread closes is the next thread's to open.

To connect makes the server begin a process that knows nothing yet, which costs more than most
requests do. So who waits may give its connection back and have one again a moment later: a closed
connection that is in order stays open, `DATABASE_KEPT_OPEN` of them at most, and for no longer than
`DATABASE_CONN_MAX_AGE_S` from its beginning. Settings of a session do not survive in it, because
the platform sets none: those of its scopes end with their transactions.
"""

from __future__ import annotations

import os
import select
import time
from collections import defaultdict, deque
from typing import Any

from django.conf import settings
from django.db.backends.postgresql import base
from psycopg2.extensions import TRANSACTION_STATUS_IDLE

# By process (a fork shares none), database and role: connections, and when each was begun.
_kept: dict[tuple[int, str, str], deque[tuple[Any, float]]] = defaultdict(deque)


class DatabaseWrapper(base.DatabaseWrapper):
    """One thread's connection."""

    _begun_s = 0.0

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """One that was kept, the last one first, or a new one."""
        kept = self._those_kept()
        while kept:
            try:
                connection, self._begun_s = kept.pop()
            except IndexError:  # another thread was faster
                break
            if _is_usable(connection, self._begun_s):
                return connection
            connection.close()
        self._begun_s = time.monotonic()
        return super().get_new_connection(conn_params)

    def _close(self) -> None:
        kept = self._those_kept()
        in_order = not (self.errors_occurred or self.in_atomic_block)
        if (
            in_order
            and len(kept) < settings.DATABASE_KEPT_OPEN
            and _is_usable(self.connection, self._begun_s)
        ):
            kept.append((self.connection, self._begun_s))
        else:
            super()._close()  # type: ignore[misc]  # unknown to the stubs

    def _those_kept(self) -> deque[tuple[Any, float]]:
        return _kept[os.getpid(), self.settings_dict["NAME"], self.settings_dict["USER"]]


def _is_usable(connection: Any, begun_s: float) -> bool:
    """Nothing is under way in it, and the server has not said that it ended it."""
    if time.monotonic() - begun_s > settings.DATABASE_CONN_MAX_AGE_S:
        return False
    if connection.closed or connection.info.transaction_status != TRANSACTION_STATUS_IDLE:
        return False
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    return not waiting.poll(0)
