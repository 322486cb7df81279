"""Many requests at once: each gets its own codes, and none suffers for another."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
import torch

from synthesis.decoding.decoder import Decoder
from synthesis.errors import Busy, EngineError, ShuttingDown, Stopped, TooLate
from synthesis.serving.scheduler import Capacity, Closing, Scheduler
from tests.synthesis.serving.things import Asked, at_once, make_decoder, never


@pytest.fixture(scope="module")
def decoders() -> list[Decoder]:
    return [make_decoder(seed) for seed in range(4)]


@pytest.fixture
def scheduler() -> Iterator[Scheduler]:
    made = Scheduler(Capacity(slots=6, positions=128, requests=32))
    yield made
    made.close(finish=False)


def test_sixteen_requests_with_four_voices_have_the_codes_that_each_has_alone(
    decoders: list[Decoder], scheduler: Scheduler
) -> None:
    asked = [Asked(decoder=decoders[number % 4], number=number) for number in range(16)]
    expected = [one.alone() for one in asked]
    together = at_once(*[partial(one.through, scheduler) for one in asked])
    assert together == expected
    assert len({tuple(codes) for codes in expected}) == 16
    load = scheduler.load()
    assert (load.requests, load.waiting, load.decoding) == (0, 0, 0)
    assert load.steps < sum(len(codes) for codes in expected), "several decoded in one step"


def test_codes_are_told_one_by_one_while_others_decode(
    decoders: list[Decoder], scheduler: Scheduler
) -> None:
    listener = Asked(decoder=decoders[0], number=1)
    others = [Asked(decoder=decoders[number % 4], number=number) for number in range(2, 9)]
    heard: list[int] = []
    found, *_ = at_once(
        partial(listener.through, scheduler, on_code=lambda _index, code: heard.append(code)),
        *[partial(one.through, scheduler) for one in others],
    )
    assert heard == found == listener.alone()


def test_a_request_that_fails_leaves_the_others_alone(
    decoders: list[Decoder], scheduler: Scheduler
) -> None:
    sound = [Asked(decoder=decoders[0], number=number) for number in range(5)]

    def unknown_phone() -> list[int]:
        with pytest.raises(IndexError):
            Asked(decoder=decoders[0], number=3, phone=5000).through(scheduler)
        return []

    def listener_that_leaves() -> list[int]:
        def leave(_index: int, _code: int) -> None:
            raise ConnectionError("gone")

        with pytest.raises(ConnectionError):
            Asked(decoder=decoders[0], number=6).through(scheduler, on_code=leave)
        return []

    *found, _, _ = at_once(
        *[partial(one.through, scheduler) for one in sound], unknown_phone, listener_that_leaves
    )
    assert found == [one.alone() for one in sound]


def test_a_model_that_fails_in_a_step_takes_no_other_with_it(
    decoders: list[Decoder], scheduler: Scheduler, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("out of memory")

    monkeypatch.setattr(decoders[1], "step", fail)

    def failing() -> list[int]:
        with pytest.raises(RuntimeError, match="out of memory"):
            Asked(decoder=decoders[1], number=2).through(scheduler)
        return []

    sound = Asked(decoder=decoders[0], number=1)
    _, found = at_once(failing, partial(sound.through, scheduler))
    assert found == sound.alone()
    assert sound.through(scheduler) == found, "the thread goes on"


def test_a_request_is_stopped_between_steps(decoders: list[Decoder], scheduler: Scheduler) -> None:
    heard: list[int] = []
    with pytest.raises(Stopped):
        Asked(decoder=decoders[0], number=1, limit=100).through(
            scheduler,
            should_stop=lambda: len(heard) >= 3,
            on_code=lambda _index, code: heard.append(code),
        )
    assert len(heard) == 3


def test_a_request_whose_time_is_over_is_told_so(
    decoders: list[Decoder], scheduler: Scheduler
) -> None:
    with pytest.raises(TooLate):
        Asked(decoder=decoders[0], number=1).through(scheduler, deadline_s=0.0)
    with scheduler.request(deadline_s=0.0) as turn, pytest.raises(TooLate):
        turn.run(never)


def test_one_request_too_many_is_told_when_to_come_again() -> None:
    scheduler = Scheduler(Capacity(slots=1, positions=64, requests=2))
    with scheduler.request(), scheduler.request():
        with pytest.raises(Busy) as caught, scheduler.request():
            pass
        assert isinstance(caught.value.data["retry_after_s"], int)
        assert scheduler.load().refused == 1
    with scheduler.request():
        pass
    scheduler.close()


def test_a_sentence_that_fits_no_slot_is_refused(
    decoders: list[Decoder], scheduler: Scheduler
) -> None:
    with pytest.raises(EngineError) as caught:
        Asked(decoder=decoders[0], number=1, limit=1000).through(scheduler)
    assert caught.value.code == "sentence_too_long"


@pytest.mark.parametrize("finish", [True, False])
def test_closing_finishes_or_gives_up_and_says_which(decoders: list[Decoder], finish: bool) -> None:
    scheduler = Scheduler(Capacity(slots=2, positions=128))
    asked = Asked(decoder=decoders[0], number=1)
    admitted, go_on = threading.Event(), threading.Event()

    def request() -> list[int] | str:
        with scheduler.request() as turn:
            admitted.set()
            go_on.wait()
            return asked.with_turn(turn)

    def request_and_tell() -> list[int] | str:
        try:
            return request()
        except ShuttingDown as error:
            return error.code

    with ThreadPoolExecutor(2) as pool:
        outcome = pool.submit(request_and_tell)
        admitted.wait()
        closing = pool.submit(partial(scheduler.close, finish=finish))
        while not _refuses(scheduler):
            time.sleep(0)
        go_on.set()
    if finish:
        assert outcome.result() == asked.alone()
        assert closing.result() == Closing(finished=1, given_up=0)
    else:
        assert outcome.result() == "shutting_down"
        assert closing.result() == Closing(finished=0, given_up=1)


def _refuses(scheduler: Scheduler) -> bool:
    try:
        with scheduler.request():
            return False
    except ShuttingDown:
        return True


def test_nothing_of_a_request_stays_behind(decoders: list[Decoder], scheduler: Scheduler) -> None:
    def tensor_bytes() -> int:
        gc.collect()
        # Of this type alone: a traced graph that another test made keeps tensors without bytes.
        found = [thing for thing in gc.get_objects() if type(thing) is torch.Tensor]
        return sum(tensor.nbytes for tensor in found)

    def round_of(first: int) -> None:
        at_once(
            *[
                partial(
                    Asked(decoder=decoders[number % 4], number=number, limit=12).through, scheduler
                )
                for number in range(first, first + 8)
            ]
        )

    round_of(0)
    before = tensor_bytes()
    for first in range(0, 40, 8):
        round_of(first)
    assert tensor_bytes() <= before
    assert scheduler.load().cache_bytes == decoders[0].slots(6, 128).nbytes
