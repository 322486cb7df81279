"""The order in which waiting sentences are taken up.

The most urgent priority goes first, but every eighth place is the least urgent one's, so that
nobody waits for ever. Within a priority, clients share by deficit round robin (Shreedhar &
Varghese 1995): each turn gives a client the same credit, and a sentence costs what it takes.
"""

from collections import deque
from collections.abc import Callable, Iterator

from synthesis.serving.orders import Order, Priority

# About a long sentence: a client who asks for short ones gets several in its turn.
QUANTUM = 64
LAST_FIRST_EVERY = 8


class _Level:
    """The clients of one priority in a ring, with their sentences and credits."""

    def __init__(self) -> None:
        self.waiting: dict[str, deque[Order]] = {}
        self.ring: deque[str] = deque()
        self.credit: dict[str, int] = {}

    def put(self, order: Order) -> None:
        if order.client not in self.waiting:
            self.waiting[order.client] = deque()
            self.ring.append(order.client)
            self.credit[order.client] = QUANTUM
        self.waiting[order.client].append(order)

    def take(self) -> Order:
        while True:
            client = self.ring[0]
            order = self.waiting[client][0]
            if order.cost <= self.credit[client]:
                self.credit[client] -= order.cost
                self.remove(order)
                return order
            self.credit[client] += QUANTUM
            self.ring.rotate(-1)

    def remove(self, order: Order) -> None:
        queue = self.waiting[order.client]
        queue.remove(order)
        if not queue:
            self.ring.remove(order.client)
            del self.waiting[order.client], self.credit[order.client]


class FairQueue:
    """Sentences that wait for a slot. Not for several threads at once."""

    def __init__(self) -> None:
        self._levels = {priority: _Level() for priority in Priority}
        self._taken = 0

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __iter__(self) -> Iterator[Order]:
        for level in self._levels.values():
            for queue in level.waiting.values():
                yield from queue

    def put(self, order: Order) -> None:
        """Let a sentence wait behind the others of its client and priority."""
        self._levels[order.priority].put(order)

    def remove(self, order: Order) -> None:
        """Forget a sentence that waits."""
        self._levels[order.priority].remove(order)

    def take(self, admits: Callable[[Priority], bool]) -> Order | None:
        """The next sentence of a priority that may have a slot; None when there is none."""
        ready = [
            level for priority, level in self._levels.items() if level.waiting and admits(priority)
        ]
        if not ready:
            return None
        self._taken += 1
        return ready[-1 if self._taken % LAST_FIRST_EVERY == 0 else 0].take()
