"""Attention of one decode step on a processor: one query per row, against what its slot holds.

Shapes: b rows, h heads, e width per head, n positions, in whole blocks. A product of one query
reads its keys and values and does little else, so rows in neighbouring slots share one call, up to
the longest of them; what a row has not written is masked.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from synthesis.models.kv_cache import KvSlots, in_blocks


@dataclass(frozen=True, kw_only=True)
class _Run:
    """Rows of a batch from `first` on, in slots that follow each other; `mask` is [rows * h, n, 1].

    The mask is what is added to the scores: nothing, or minus infinity.
    """

    first: int
    slot: int
    count: int
    length: int
    mask: Tensor


class Mixing:
    """What all layers of one step share. Rows come in the order of their slots."""

    def __init__(self, slots: KvSlots, rows: Sequence[int], lengths: Sequence[int]) -> None:
        """`lengths` count a row's positions before the one that the step writes."""
        self._slots = slots
        ends_b = torch.tensor(lengths)
        self._lines = slots.lines(torch.tensor(rows), ends_b)
        starts = [at for at, row in enumerate(rows) if at == 0 or row != rows[at - 1] + 1]
        self._runs = [
            self._run(first, rows[first], ends_b[first:end])
            for first, end in zip(starts, [*starts[1:], len(rows)], strict=True)
        ]

    def __call__(self, layer: int, qkv_b3he: Tensor) -> Tensor:
        """Write this position's keys and values, and mix [b, 3, h, e] into [b, h * e]."""
        slots, heads, width = self._slots, self._slots.heads, qkv_b3he.shape[-1]
        slots.write(layer, self._lines, qkv_b3he[:, 1:])
        # Columns that are rows turned: with these strides the product reads the keys at full speed.
        queries = qkv_b3he[:, 0].reshape(-1, 1, width).transpose(1, 2)
        mixed = []
        for run in self._runs:
            keys, values = slots.neighbours(layer, run.slot, run.count, run.length)
            query = queries[run.first * heads : (run.first + run.count) * heads]
            scores = torch.baddbmm(run.mask, keys, query, alpha=1 / math.sqrt(width))
            mixed.append(torch.bmm(scores.transpose(1, 2).softmax(dim=-1), values))
        return (mixed[0] if len(mixed) == 1 else torch.cat(mixed)).view(len(qkv_b3he), -1)

    def _run(self, first: int, slot: int, ends_b: Tensor) -> _Run:
        length = in_blocks(int(ends_b.max()) + 1)
        unwritten = torch.arange(length) > ends_b[:, None]
        mask = torch.zeros(unwritten.shape).masked_fill_(unwritten, -torch.inf)
        return _Run(
            first=first,
            slot=slot,
            count=len(ends_b),
            length=length,
            mask=mask.repeat_interleave(self._slots.heads, dim=0)[:, :, None],
        )
