"""Who goes next: the urgent first, nobody never, and clients in equal shares."""

from __future__ import annotations

from collections import Counter
from queue import SimpleQueue

import pytest
import torch

from synthesis.decoding.decoder import Decoder
from synthesis.decoding.loop import Row, Sentence
from synthesis.serving.fair_queue import LAST_FIRST_EVERY, FairQueue
from synthesis.serving.orders import Order, Priority
from synthesis.types import Sampling
from tests.synthesis.serving.things import make_decoder


@pytest.fixture(scope="module")
def decoder() -> Decoder:
    return make_decoder(0)


def order(
    decoder: Decoder, client: str, *, phones: int = 10, priority: Priority = Priority.WAITING
) -> Order:
    sentence = Sentence(phones=torch.zeros(phones, dtype=torch.long), bert=torch.zeros(16, phones))
    return Order(
        index=0,
        decoder=decoder,
        row=Row(
            sentence=sentence,
            prompt=torch.empty(0, dtype=torch.long),
            sampling=Sampling(),
            noise=lambda _step, columns: torch.ones(columns),
        ),
        client=client,
        priority=priority,
        deadline=None,
        wants_codes=False,
        mailbox=SimpleQueue(),
    )


def everybody(_priority: Priority) -> bool:
    return True


def take(queue: FairQueue, count: int) -> list[Order]:
    taken = [queue.take(everybody) for _ in range(count)]
    return [order for order in taken if order is not None]


def test_a_client_with_many_sentences_does_not_hold_up_one_with_few(decoder: Decoder) -> None:
    queue = FairQueue()
    for _ in range(50):
        queue.put(order(decoder, "greedy"))
    queue.put(order(decoder, "modest"))
    served = [one.client for one in take(queue, 12)]
    assert "modest" in served


def test_clients_share_by_what_their_sentences_take_and_not_by_their_number(
    decoder: Decoder,
) -> None:
    queue = FairQueue()
    for _ in range(100):
        queue.put(order(decoder, "long", phones=80))
        queue.put(order(decoder, "short", phones=20))
    served = Counter[str]()
    for one in take(queue, 60):
        served[one.client] += one.cost
    assert 0.8 < served["long"] / served["short"] < 1.25


def test_the_urgent_go_first_and_the_others_are_not_forgotten(decoder: Decoder) -> None:
    queue = FairQueue()
    for _ in range(20):
        queue.put(order(decoder, "a", priority=Priority.BATCH))
        queue.put(order(decoder, "b", priority=Priority.LISTENING))
    served = [one.priority for one in take(queue, 2 * LAST_FIRST_EVERY)]
    assert served.count(Priority.BATCH) == 2
    assert served[0] is Priority.LISTENING


def test_a_priority_without_a_place_is_passed_over(decoder: Decoder) -> None:
    queue = FairQueue()
    queue.put(order(decoder, "a", priority=Priority.BATCH))
    assert queue.take(lambda priority: priority is not Priority.BATCH) is None
    assert len(queue) == 1


def test_a_withdrawn_sentence_is_gone_and_the_others_keep_their_places(decoder: Decoder) -> None:
    queue = FairQueue()
    orders = [order(decoder, client) for client in "aab"]
    for one in orders:
        queue.put(one)
    queue.remove(orders[0])
    assert {id(one) for one in queue} == {id(orders[1]), id(orders[2])}
    assert len(take(queue, 2)) == 2
    assert queue.take(everybody) is None
