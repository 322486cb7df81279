"""A request's place at the scheduler: it submits sentences, waits for news, and can be stopped."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, TypeVar

from torch import Tensor

from synthesis.decoding.decoder import Decoder
from synthesis.decoding.loop import Decoded, Row, Sentence, of_row
from synthesis.decoding.sampling import SeededNoise
from synthesis.errors import Stopped
from synthesis.serving.orders import News, Order, Priority, too_late
from synthesis.types import Sampling

if TYPE_CHECKING:
    from synthesis.serving.scheduler import Scheduler

Result = TypeVar("Result")

# How long a request that hears nothing waits before it asks whether it should stop.
PATIENCE_S = 0.05


class Turn:
    """Does an utterance's work at the scheduler; see `synthesis.serving.compute.Compute`."""

    def __init__(
        self, scheduler: Scheduler, *, client: str, priority: Priority, deadline: float | None
    ) -> None:
        self._scheduler = scheduler
        self._client, self._priority, self._deadline = client, priority, deadline

    def decode(
        self,
        decoder: Decoder,
        sentences: Sequence[Sentence],
        prompt: Tensor,
        sampling: Sampling,
        seeds: Sequence[int],
        *,
        limits: Sequence[int],
        should_stop: Callable[[], bool],
        on_code: Callable[[int, int], None] | None = None,
    ) -> list[Decoded]:
        """All codes of all sentences; see `Compute.decode`."""
        mailbox: SimpleQueue[News] = SimpleQueue()
        noise = SeededNoise(seeds)
        orders = [
            Order(
                index=index,
                decoder=decoder,
                row=Row(
                    sentence=sentence,
                    prompt=prompt,
                    sampling=sampling,
                    noise=of_row(noise, index),
                    limit=limit,
                ),
                client=self._client,
                priority=self._priority,
                deadline=self._deadline,
                wants_codes=on_code is not None,
                mailbox=mailbox,
            )
            for index, (sentence, limit) in enumerate(zip(sentences, limits, strict=True))
        ]
        self._scheduler.submit(orders)
        try:
            return self._collect(mailbox, len(orders), should_stop, on_code)
        finally:
            for order in orders:
                order.withdrawn = True  # of those that are over, nobody asks any more

    def run(self, work: Callable[[], Result]) -> Result:
        """What `work` returns, when it is this request's turn; TooLate when its time is over."""
        if self._deadline is not None and time.monotonic() > self._deadline:
            raise too_late()
        return self._scheduler.lane.run(self._priority, work)

    def _collect(
        self,
        mailbox: SimpleQueue[News],
        count: int,
        should_stop: Callable[[], bool],
        on_code: Callable[[int, int], None] | None,
    ) -> list[Decoded]:
        found: dict[int, Decoded] = {}
        while len(found) < count:
            if should_stop():
                raise Stopped("The synthesis was stopped before it finished.")
            try:
                news = mailbox.get(timeout=PATIENCE_S)
            except Empty:
                continue
            if news.error is not None:
                raise news.error
            if news.code is not None and on_code is not None:
                on_code(news.index, news.code)
            if news.decoded is not None:
                found[news.index] = news.decoded
        return [found[index] for index in range(count)]
