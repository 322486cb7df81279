"""The scheduler of a process: sentences of all requests decode together, step by step.

One thread does all decoding, a few others render sound; the threads of the requests wait for
theirs. Sentences of voices with the same semantic model share a batch, those of other voices take
turns with it. A sentence joins or leaves between any two steps, and its codes do not depend on
which others are there. Finished codes are on the host at once; what a sentence wrote into its
slot is overwritten by the next one there.
"""

import math
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Condition, Thread

import torch

from synthesis.decoding.decoder import Decoder
from synthesis.decoding.loop import Batch
from synthesis.errors import BadSampling, Busy, ShuttingDown
from synthesis.models.kv_cache import KvSlots
from synthesis.serving.fair_queue import FairQueue
from synthesis.serving.lane import Lane
from synthesis.serving.orders import Order, Priority, too_late
from synthesis.serving.turn import Turn

# Each renders in memory of its own.
MOST_RENDERERS = 4
# A guess, until requests have been measured.
FIRST_GUESS_S = 2.0
# How much the latest request counts in the mean duration.
FORGETTING = 0.1


@dataclass(frozen=True, kw_only=True)
class Capacity:
    """How much a scheduler takes on.

    `slots` sentences decode at once, each of at most `positions` phones and codes, prompt
    included; of them `kept_free` are out of reach for batch work. Beyond `requests` under way,
    one more is refused. So many `renderers` make sound at once; by default as many as there are
    cores for PyTorch's number of threads, four at most.
    """

    slots: int = 16
    positions: int = 2048
    kept_free: int = 2
    requests: int = 64
    renderers: int | None = None


@dataclass(frozen=True, kw_only=True)
class Load:
    """What a scheduler does now, and has done; `cache_bytes` bounds the memory of its slots."""

    requests: int
    waiting: int
    decoding: int
    cache_bytes: int
    steps: int
    codes: int
    refused: int


@dataclass(frozen=True, kw_only=True)
class Closing:
    """How a scheduler ended: requests that were still finished, and those given up."""

    finished: int
    given_up: int


class Scheduler:
    """Starts its threads when made; `close` ends them."""

    def __init__(self, capacity: Capacity | None = None) -> None:
        self.capacity = capacity or Capacity()
        self.renderers = self.capacity.renderers or _renderers()
        self.lane = Lane("rendering", self.renderers)
        self._changed = Condition()
        self._waiting = FairQueue()
        self._pools: dict[tuple[object, ...], KvSlots] = {}
        self._batches: dict[int, Batch] = {}
        self._running: list[Order] = []
        self._requests = self._steps = self._codes = self._refused = 0
        self._given_up = 0
        self._mean_s = FIRST_GUESS_S
        self._closing = self._giving_up = False
        self._thread = Thread(target=self._work, name="decoding", daemon=True)
        self._thread.start()
        self.lane.start()

    @contextmanager
    def request(
        self,
        *,
        client: str = "",
        priority: Priority = Priority.WAITING,
        deadline_s: float | None = None,
    ) -> Iterator[Turn]:
        """Admit one request of a client; what it decodes goes through the turn that it gets.

        Raises:
            Busy: as many are under way as the scheduler takes; `data` says when to try again.
            ShuttingDown: it is being closed.
        """
        started = time.monotonic()
        with self._changed:
            self._admit()
        try:
            yield Turn(
                self,
                client=client,
                priority=priority,
                deadline=None if deadline_s is None else started + deadline_s,
            )
        except ShuttingDown:
            self._given_up += 1
            raise
        finally:
            with self._changed:
                self._requests -= 1
                self._mean_s += FORGETTING * (time.monotonic() - started - self._mean_s)
                self._changed.notify_all()

    def load(self) -> Load:
        """What is going on."""
        with self._changed:
            return Load(
                requests=self._requests,
                waiting=len(self._waiting),
                decoding=len(self._running),
                cache_bytes=sum(pool.nbytes for pool in self._pools.values()),
                steps=self._steps,
                codes=self._codes,
                refused=self._refused,
            )

    def submit(self, orders: list[Order]) -> None:
        """Queue a request's sentences; each tells its mailbox what becomes of it."""
        for order in orders:
            if order.row.most_positions > self.capacity.positions:
                raise BadSampling(
                    "A sentence is too long to be decoded at once; cut it into shorter ones.",
                    code="sentence_too_long",
                    data={"positions": order.row.most_positions},
                )
        with self._changed:
            for order in orders:
                self._waiting.put(order)
            self._changed.notify_all()

    def close(self, *, finish: bool = True) -> Closing:
        """Take no more requests, finish those under way or give them up, and end the threads."""
        with self._changed:
            under_way = self._requests
            self._closing, self._giving_up = True, not finish
            self._changed.notify_all()
            while self._requests:
                self._changed.wait()
        self._thread.join()
        self.lane.close()
        return Closing(finished=under_way - self._given_up, given_up=self._given_up)

    def _admit(self) -> None:
        if self._closing:
            raise ShuttingDown("The engine is being closed; try again shortly.")
        if self._requests >= self.capacity.requests:
            self._refused += 1
            wait_s = math.ceil(self._mean_s * self._requests / self.capacity.slots)
            raise Busy(
                f"The engine has {self._requests} requests under way; try again in {wait_s} s.",
                data={"retry_after_s": max(1, wait_s)},
            )
        self._requests += 1

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._running and not self._waiting:
                    if self._closing and not self._requests:
                        return
                    self._changed.wait()
                self._drop()
                order = self._next()
            if order is not None:
                self._join(order)
            for key, batch in list(self._batches.items()):
                self._step(key, batch)

    def _drop(self) -> None:
        """Let go of what was withdrawn, is late, or is given up."""
        for order in [*self._waiting, *self._running]:
            error = self._verdict(order)
            if error is None and not order.withdrawn:
                continue
            if order in self._running:
                self._running.remove(order)
                self._batches[id(order.decoder)].leave(order.row)
            else:
                self._waiting.remove(order)
            if error is not None:
                order.fail(error)

    def _verdict(self, order: Order) -> Exception | None:
        if self._giving_up:
            return ShuttingDown("The engine was closed before it was finished; ask again.")
        if order.late:
            return too_late()
        return None

    def _next(self) -> Order | None:
        """One sentence at most joins between two steps, so that the others hardly wait."""
        free = self.capacity.slots - len(self._running)
        if free <= 0:
            return None
        order = self._waiting.take(
            lambda priority: priority is not Priority.BATCH or free > self.capacity.kept_free
        )
        if order is not None:
            self._running.append(order)
        return order

    def _join(self, order: Order) -> None:
        try:
            batch = self._batches.get(id(order.decoder))
            if batch is None:
                batch = Batch(order.decoder, self._pool(order.decoder))
                self._batches[id(order.decoder)] = batch
            batch.join(order.row)
        except Exception as error:  # noqa: BLE001  it is that request's and nobody else's
            with self._changed:
                self._running.remove(order)
            order.fail(error)

    def _pool(self, decoder: Decoder) -> KvSlots:
        """The slots for models of this shape; those of other shapes go once nobody is in them."""
        config = decoder.config
        shape = (config.layers, config.heads, config.width, decoder.kept_dtype, decoder.device)
        if shape not in self._pools:
            used = {id(batch.slots) for batch in self._batches.values()}
            self._pools = {key: pool for key, pool in self._pools.items() if id(pool) in used}
            self._pools[shape] = decoder.slots(self.capacity.slots, self.capacity.positions)
        return self._pools[shape]

    def _step(self, key: int, batch: Batch) -> None:
        orders = [order for order in self._running if id(order.decoder) == key]
        try:
            if batch.rows:
                batch.step()
        except Exception as error:  # noqa: BLE001  the other batches and the thread go on
            for row in list(batch.rows):
                batch.leave(row)
            for order in orders:
                order.fail(error)
            over = orders
        else:
            for order in orders:
                order.tell()
            over = [order for order in orders if order.row.over]
        with self._changed:
            self._steps += 1
            self._codes += len(orders) - len(over)
            self._running = [order for order in self._running if order not in over]
        if not batch.rows:
            del self._batches[key]


def _renderers() -> int:
    cores = os.cpu_count() or 1
    return min(MOST_RENDERERS, max(1, cores // torch.get_num_threads()))
