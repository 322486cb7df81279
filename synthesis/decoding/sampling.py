"""Turns logits into one code per row, in the exact order that the trained models were tuned with.

Shapes: b rows, v vocabulary. Order: repetition penalty, top-p, temperature, top-k, softmax, then
the code with the largest `probability / q` where q is exponential noise.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from synthesis.types import Sampling

MIN_TEMPERATURE = 1e-5


@dataclass(frozen=True, kw_only=True)
class RowSettings:
    """The sampling of every row [b, 1], or of all rows [1, 1], on one device."""

    penalty: Tensor
    temperature: Tensor
    top_k: Tensor
    top_p: Tensor
    largest_k: int
    nucleus: bool

    @classmethod
    def of(cls, rows: Sequence[Sampling], device: torch.device | str = "cpu") -> "RowSettings":
        """One row of settings for each `Sampling`."""

        def column(values: Sequence[float], dtype: torch.dtype = torch.float32) -> Tensor:
            return torch.tensor(values, dtype=dtype, device=device)[:, None]

        return cls(
            penalty=column([row.repetition_penalty for row in rows]),
            temperature=column([max(row.temperature, MIN_TEMPERATURE) for row in rows]),
            top_k=column([row.top_k for row in rows], torch.long),
            top_p=column([row.top_p for row in rows]),
            largest_k=max(row.top_k for row in rows),
            nucleus=any(row.top_p < 1 for row in rows),
        )


def penalise(logits_bv: Tensor, seen_bv: Tensor, penalty_b1: Tensor) -> Tensor:
    """Make codes that occurred before less likely, once each however often they occurred."""
    penalised = torch.where(logits_bv < 0, logits_bv * penalty_b1, logits_bv / penalty_b1)
    return torch.where(seen_bv, penalised, logits_bv)


def probabilities(penalised_bv: Tensor, rows: RowSettings) -> Tensor:
    """Probabilities [b, v] of already penalised logits."""
    logits = penalised_bv
    if rows.nucleus:
        logits = torch.where(rows.top_p < 1, _nucleus(logits, rows.top_p), logits)
    logits = logits / rows.temperature
    width = logits.shape[-1]
    largest = torch.topk(logits, min(rows.largest_k, width), dim=-1).values
    last = rows.top_k.clamp(max=width).expand(len(logits), -1) - 1
    # Entries equal to the k-th largest stay, so a tie keeps more than k.
    return logits.masked_fill(logits < largest.gather(1, last), -math.inf).softmax(dim=-1)


def _nucleus(logits_bv: Tensor, top_p_b1: Tensor) -> Tensor:
    """Drop what lies beyond the cumulative probability and what crosses it, never the first."""
    ordered, order = logits_bv.sort(dim=-1, descending=True)
    beyond = ordered.softmax(dim=-1).cumsum(dim=-1) > top_p_b1
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
