"""Finds out, in about a second, which arithmetic decodes a voice fastest and still says the same.

Every arithmetic is led along the codes that float32 finds most likely after the voice's own
prompt. The share of steps at which it finds the same code most likely is its agreement.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from synthesis.decoding.decoder import Decoder
from synthesis.decoding.loop import Sentence
from synthesis.decoding.products import Arithmetic
from synthesis.models.semantic import SemanticModel

BUDGET_S = 1.0
MOST_STEPS = 100
FEWEST_STEPS = 4
# Less than this, and listeners would hear other takes than float32 gives.
LEAST_AGREEMENT = 0.98


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One arithmetic beside float32, over so many codes of one sentence decoded alone."""

    arithmetic: Arithmetic
    codes_per_s: float
    agreement: float
    largest_difference: float
    codes: int


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """What was measured, and the decoder that was chosen."""

    measured: tuple[Measured, ...]
    decoder: Decoder


def calibrate(
    model: SemanticModel, sentence: Sentence, prompt_t: Tensor, *, budget_s: float = BUDGET_S
) -> Calibration:
    """Measure every arithmetic on this machine; the fastest that agrees is chosen.

    `budget_s` is for decoding alone; laying the matrices out comes on top.
    """
    share_s = budget_s / len(Arithmetic)
    exact = Decoder(model)
    path, reference, seconds = _greedy(exact, sentence, prompt_t, share_s)
    measured = [_measured(exact, reference, reference, seconds)]
    best, best_rate = exact, measured[0].codes_per_s
    for arithmetic in Arithmetic:
        if arithmetic is Arithmetic.FLOAT32:
            continue
        decoder = Decoder(model, arithmetic)
        logits, seconds = _led(decoder, sentence, prompt_t, path, share_s)
        found = _measured(decoder, logits, reference, seconds)
        measured.append(found)
        if found.agreement >= LEAST_AGREEMENT and found.codes_per_s > best_rate:
            best, best_rate = decoder, found.codes_per_s
    return Calibration(measured=tuple(measured), decoder=best)


def _measured(decoder: Decoder, logits: Tensor, reference: Tensor, seconds: float) -> Measured:
    count = len(logits)
    agrees = logits.argmax(dim=-1) == reference[:count].argmax(dim=-1)
    return Measured(
        arithmetic=decoder.arithmetic,
        codes_per_s=(count - 2) / seconds,
        agreement=float(agrees.float().mean()),
        largest_difference=float((logits - reference[:count]).abs().max()),
        codes=count,
    )


def _greedy(
    decoder: Decoder, sentence: Sentence, prompt_t: Tensor, share_s: float
) -> tuple[list[int], Tensor, float]:
    """The likeliest codes, the logits [n, v] that chose them, and the time of the steps."""
    path: list[int] = []

    def choose(logits: Tensor) -> int:
        path.append(int(logits[: decoder.config.eos].argmax()))
        return path[-1]

    logits, seconds = _walk(decoder, sentence, prompt_t, choose, share_s)
    return path, logits, seconds


def _led(
    decoder: Decoder, sentence: Sentence, prompt_t: Tensor, path: list[int], share_s: float
) -> tuple[Tensor, float]:
    codes = iter(path)
    return _walk(decoder, sentence, prompt_t, lambda _logits: next(codes), share_s, len(path))


@torch.inference_mode()
def _walk(
    decoder: Decoder,
    sentence: Sentence,
    prompt_t: Tensor,
    choose: Callable[[Tensor], int],
    share_s: float,
    most: int = MOST_STEPS,
) -> tuple[Tensor, float]:
    start = len(prompt_t)
    slots = decoder.slots(1, len(sentence.phones) + start + most)
    found = [decoder.read(sentence.phones, sentence.bert, prompt_t, slots, 0)]
    began = time.perf_counter()
    while len(found) < most:
        code = torch.tensor([choose(found[-1])], device=decoder.device)
        place = start + len(found) - 1
        length = len(sentence.phones) + place
        found.append(decoder.step(code, [place], slots, [0], [length])[0])
        if len(found) == 2:
            # What the first step compiles or captures is done once.
            began = time.perf_counter()
        if len(found) > FEWEST_STEPS and time.perf_counter() - began > share_s:
            break
    return torch.stack(found), time.perf_counter() - began
