"""A few threads that do pieces of work for others: the most urgent first, then in turn.

Sound is rendered in as many pieces at a time as there are cores for: more would only take turns on
them and take more memory, and the threads of a server would each keep buffers of their own.
"""

import itertools
import time
from collections.abc import Callable
from concurrent.futures import Future
from queue import PriorityQueue
from threading import Lock, Thread
from typing import TypeVar

from synthesis.serving.orders import Priority

Result = TypeVar("Result")
_Entry = tuple[float, int, Callable[[], None]]


class Lane:
    """Start it with `start`; it ends with `close`, after the work it was given before.

    `busy_s` is how long its threads have worked so far, together.
    """

    def __init__(self, name: str, threads: int = 1) -> None:
        self._entries: PriorityQueue[_Entry] = PriorityQueue()
        self._arrivals = itertools.count()
        self.busy_s = 0.0
        self._counting = Lock()
        self._threads = [Thread(target=self._work, name=name, daemon=True) for _ in range(threads)]

    def start(self) -> None:
        """Begin to work."""
        for thread in self._threads:
            thread.start()

    def run(self, priority: Priority, work: Callable[[], Result]) -> Result:
        """What `work` returns or raises, once it has had its turn."""
        future: Future[Result] = Future()

        def fulfil() -> None:
            try:
                future.set_result(work())
            except BaseException as error:  # noqa: BLE001  it is the caller's, who raises it
                future.set_exception(error)

        self._entries.put((float(priority), next(self._arrivals), fulfil))
        return future.result()

    def close(self) -> None:
        """Finish what waits, and end."""
        for _ in self._threads:
            self._entries.put((float("inf"), next(self._arrivals), _leave))
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while True:
            _, _, fulfil = self._entries.get()
            if fulfil is _leave:
                return
            began = time.perf_counter()
            fulfil()
            with self._counting:
                self.busy_s += time.perf_counter() - began


def _leave() -> None:
    """Stands in the queue for the end."""
