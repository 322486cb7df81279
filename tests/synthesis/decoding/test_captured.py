"""The step of fixed shape computes what the step of exact shapes does, whoever is in the slots."""

from __future__ import annotations

import gc
from functools import partial
from weakref import WeakKeyDictionary

import pytest
import torch

from synthesis.decoding.captured import CapturedSteps, fixed_step
from synthesis.decoding.decoder import Decoder
from synthesis.models.kv_cache import KvSlots
from synthesis.serving.scheduler import Capacity, Scheduler
from tests.synthesis.serving.things import PROMPT, Asked, at_once, make_decoder


@pytest.fixture(scope="module")
def decoder() -> Decoder:
    return make_decoder(0)


def filled(decoder: Decoder) -> tuple[KvSlots, list[int]]:
    """Slots 0 and 2 of four hold a sentence each; returns how many positions each has."""
    slots = decoder.slots(4, 64)
    for buffer in slots.buffers:
        buffer.zero_()
    asked = [Asked(decoder=decoder, number=number).sentence for number in (1, 9)]
    for slot, sentence in zip((0, 2), asked, strict=True):
        decoder.read(sentence.phones, sentence.bert, PROMPT, slots, slot)
    return slots, [len(sentence.phones) + len(PROMPT) for sentence in asked]


@torch.inference_mode()
def test_it_computes_what_the_step_of_exact_shapes_computes(decoder: Decoder) -> None:
    slots, lengths = filled(decoder)
    codes, start = torch.tensor([7, 11]), len(PROMPT)
    exact = decoder.step(codes, [start, start], slots, [0, 2], lengths)
    again, _ = filled(decoder)
    others = [buffer[:, [1, 3], :, :48].clone() for buffer in again.buffers]
    unused = again.length
    logits = fixed_step(
        decoder,
        again,
        torch.tensor([7, 0, 11, 0]),
        torch.tensor([start, 0, start, 0]),
        torch.tensor([lengths[0], unused, lengths[1], unused]),
        length=48,
    )
    torch.testing.assert_close(logits[[0, 2]], exact, rtol=1e-5, atol=1e-5)
    for buffer, other in zip(again.buffers, others, strict=True):
        assert torch.equal(buffer[:, [1, 3], :, :48], other), "rows in vain touch nobody's slot"


def test_captured_steps_go_when_their_slots_go(decoder: Decoder) -> None:
    kept: WeakKeyDictionary[KvSlots, CapturedSteps] = WeakKeyDictionary()
    slots = decoder.slots(2, 32)
    kept[slots] = CapturedSteps(decoder, slots.count)
    assert len(kept) == 1
    del slots
    gc.collect()
    assert len(kept) == 0


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_captured_step_is_the_same_as_an_uncaptured_one(decoder: Decoder) -> None:
    device = make_decoder(0, "cuda")
    slots, lengths = filled(device)
    captured = CapturedSteps(device, slots.count)
    codes = torch.tensor([7, 11], device="cuda")
    first = captured(codes, [8, 8], slots, [0, 2], lengths)
    again = captured(codes, [8, 8], slots, [0, 2], lengths)
    exact = decoder.step(codes.cpu(), [8, 8], filled(decoder)[0], [0, 2], lengths)
    torch.testing.assert_close(first.cpu(), exact, rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(first, again)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_device_decodes_while_another_thread_renders_there() -> None:
    device = make_decoder(0, "cuda")
    scheduler = Scheduler(Capacity(slots=4, positions=128))

    def render() -> list[int]:
        with scheduler.request() as turn:
            for size in range(50):
                turn.run(partial(torch.randn, 400, 400 + size, device="cuda"))
        return [0]

    asked = [Asked(decoder=device, number=number) for number in range(4)]
    found = at_once(*[partial(one.through, scheduler) for one in asked], render)
    scheduler.close()
    assert all(found)
