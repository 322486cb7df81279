"""Turns logits into one code per row, in the exact order that the trained models were tuned with.

Shapes: b rows, v vocabulary. Order: repetition penalty, top-p, temperature, top-k, softmax, then
the code with the largest `probability / q` where q is exponential noise.
"""

import math
from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor

from synthesis.types import Sampling

MIN_TEMPERATURE = 1e-5


def penalise(logits_bv: Tensor, seen_bv: Tensor, penalty: float) -> Tensor:
    """Make codes that occurred before less likely, once each however often they occurred."""
    if penalty == 1:
        return logits_bv
    penalised = torch.where(logits_bv < 0, logits_bv * penalty, logits_bv / penalty)
    return torch.where(seen_bv, penalised, logits_bv)


def probabilities(penalised_bv: Tensor, sampling: Sampling) -> Tensor:
    """Probabilities [b, v] of already penalised logits."""
    logits = penalised_bv
    if sampling.top_p < 1:
        logits = _nucleus(logits, sampling.top_p)
    logits = logits / max(sampling.temperature, MIN_TEMPERATURE)
    kept = min(sampling.top_k, logits.shape[-1])
    # Entries equal to the k-th largest stay, so a tie keeps more than k.
    threshold = torch.topk(logits, kept, dim=-1).values[:, -1:]
    return logits.masked_fill(logits < threshold, -math.inf).softmax(dim=-1)


def _nucleus(logits_bv: Tensor, top_p: float) -> Tensor:
    """Drop what lies beyond the cumulative probability and what crosses it, never the first."""
    ordered, order = logits_bv.sort(dim=-1, descending=True)
    beyond = ordered.softmax(dim=-1).cumsum(dim=-1) > top_p
    beyond[:, 0] = False
    dropped = torch.zeros_like(beyond).scatter(1, order, beyond)
    return logits_bv.masked_fill(dropped, -math.inf)


class Noise(Protocol):
    """Exponential noise for a decode step."""

    def __call__(self, step: int, rows: Sequence[int], columns: int) -> Tensor:
        """[len(rows), columns] of noise for these rows (numbered as at the start) at this step."""


class SeededNoise:
    """One generator per row, so that a row draws the same noise alone and inside any batch."""

    def __init__(self, seeds: Sequence[int]) -> None:
        self._generators = [torch.Generator().manual_seed(seed) for seed in seeds]

    def __call__(self, step: int, rows: Sequence[int], columns: int) -> Tensor:
        return torch.stack(
            [torch.empty(columns).exponential_(generator=self._generators[row]) for row in rows]
        )


def frame_noise(frames: int, channels: int, seed: int) -> Tensor:
    """Normal noise [1, channels, frames]; a frame's noise does not depend on how many follow."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(frames, channels, generator=generator).T[None].contiguous()


def choose(probabilities_bv: Tensor, noise_bv: Tensor) -> Tensor:
    """One code per row [b]: equivalent to drawing from the distribution."""
    return (probabilities_bv / noise_bv).argmax(dim=-1)
