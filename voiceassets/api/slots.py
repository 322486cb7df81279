"""How many requests may hold a thread for long: streams, event feeds and waiting calls."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager

from django.conf import settings
from django.db import connection

from voiceassets.core.errors import Unavailable

_free = threading.BoundedSemaphore(settings.API_LONG_REQUESTS)


@contextmanager
def slot() -> Iterator[None]:
    """One of the places for long requests of this process.

    Raises:
        Unavailable: all are taken; poll instead, or come back.
    """
    if not _free.acquire(blocking=False):
        raise Unavailable(
            "Too many clients wait or stream right now; poll the job or try again shortly.",
            code="too_many_streams",
        )
    try:
        yield
    finally:
        _free.release()


class Held:
    """The chunks of a long answer, with the place it holds until it is closed.

    The server closes every response, also one whose client left before the first chunk. Was it
    closed before its last chunk, `left` is called.
    """

    def __init__(
        self,
        chunks: Generator[bytes, None, None],
        place: ExitStack,
        *,
        left: Callable[[], None] | None = None,
    ) -> None:
        self._chunks, self._place, self._left = chunks, place, left

    def __iter__(self) -> Held:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._chunks)
        except StopIteration:
            self._left = None
            raise

    def close(self) -> None:
        left, self._left = self._left, None
        self._chunks.close()
        self._place.close()
        if left is not None:
            left()


def give_back_connection() -> None:
    """Let go of the database connection before waiting, so that a waiting thread holds none."""
    if not connection.in_atomic_block:
        connection.close()
