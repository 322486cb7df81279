"""Attention of one decode step on a processor where keys and values are kept in float16.

Shapes: b rows, h heads, s positions of a slot, e width per head, n positions, in whole blocks. It
reads half of what float32 takes, in the order of memory, and of a row its own positions only; sums
are float32.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from torch import Tensor
from torch.nn import functional

from synthesis.decoding.compiled import compiled
from synthesis.models.kv_cache import BLOCK, KvSlots, in_blocks


class ShortSlots(KvSlots):
    """Slots in float16, where the keys of a block lie [e, BLOCK] and its values [BLOCK, e].

    So what one sum needs is never next to each other, and sixteen sums are done at a time.
    """

    def fill(self, layer: int, slot: int, kv_n2he: Tensor) -> None:
        """Write a row's first positions."""
        count, _, heads, width = kv_n2he.shape
        whole = in_blocks(count)
        padded_2hse = functional.pad(kv_n2he.permute(1, 2, 0, 3), (0, 0, 0, whole - count))
        blocks = padded_2hse[0].reshape(heads, whole // BLOCK, BLOCK, width).transpose(2, 3)
        keys_hse, values_hse = self.buffers[layer][:, slot, :, :whole]
        keys_hse.view(blocks.shape).copy_(blocks)
        values_hse.copy_(padded_2hse[1])


class ShortMixing:
    """What all layers of one step share; see `Mixing`."""

    def __init__(self, slots: KvSlots, rows: Sequence[int], lengths: Sequence[int]) -> None:
        """`lengths` count a row's positions before the one that the step writes."""
        self._slots = slots
        self._rows, self._ends = np.array(rows), np.array(lengths)
        shape = (len(rows), slots.heads, in_blocks(max(lengths) + 1))
        self._scores, self._weights = torch.empty(shape), torch.empty(shape)

    def __call__(self, layer: int, qkv_b3he: Tensor) -> Tensor:
        """Write this position's keys and values, and mix [b, 3, h, e] into [b, h, e]."""
        kept = self._slots.buffers[layer].view(torch.uint16).numpy()
        mixed_bhe = torch.empty(qkv_b3he[:, 0].shape)
        _score(kept, qkv_b3he.numpy(), self._rows, self._ends, self._scores.numpy())
        torch.softmax(self._scores, dim=-1, out=self._weights)
        _mix(kept[1], self._weights.numpy(), self._rows, self._ends, mixed_bhe.numpy())
        return mixed_bhe


def _widening(_typing: Any, _bits: Any) -> Any:
    """From a float16's bits to a float32."""

    def generate(_context: Any, builder: ir.IRBuilder, _signature: Any, values: Any) -> Any:
        return builder.fpext(builder.bitcast(values[0], ir.HalfType()), ir.FloatType())

    return types.float32(types.uint16), generate


def _shortening(_typing: Any, _number: Any) -> Any:
    """From a float32 to the bits of the float16 next to it."""

    def generate(_context: Any, builder: ir.IRBuilder, _signature: Any, values: Any) -> Any:
        return builder.bitcast(builder.fptrunc(values[0], ir.HalfType()), ir.IntType(16))

    return types.uint16(types.float32), generate


_wide: Any = intrinsic(_widening)
_short: Any = intrinsic(_shortening)


@compiled
def _score(kept, qkv, rows, ends, scores):  # type: ignore[no-untyped-def]
    """Write keys and values [2, slots, h, s, e] at the ends, and score [b, h, n]."""
    _, _, heads, length, width = kept.shape
    scale = np.float32(1 / math.sqrt(width))
    for row in range(len(rows)):
        slot, end = rows[row], ends[row]
        for head in range(heads):
            keys = kept[0, slot, head].reshape(length // BLOCK, width, BLOCK)
            for j in range(width):
                keys[end // BLOCK, j, end % BLOCK] = _short(qkv[row, 1, head, j])
                kept[1, slot, head, end, j] = _short(qkv[row, 2, head, j])
            query, found = qkv[row, 0, head], scores[row, head]
            found[:] = 0
            for block in range(end // BLOCK + 1):
                some = found[block * BLOCK : (block + 1) * BLOCK]
                # Four at a time, so that the sums are fetched and put back a quarter as often.
                for j in range(0, width, 4):
                    part = keys[block, j : j + 4]
                    q0, q1 = query[j] * scale, query[j + 1] * scale
                    q2, q3 = query[j + 2] * scale, query[j + 3] * scale
                    for t in range(BLOCK):
                        some[t] += (
                            q0 * _wide(part[0, t])
                            + q1 * _wide(part[1, t])
                            + q2 * _wide(part[2, t])
                            + q3 * _wide(part[3, t])
                        )
            found[end + 1 :] = -np.inf


@compiled
def _mix(values, weights, rows, ends, mixed):  # type: ignore[no-untyped-def]
    """The mean [b, h, e] of values [slots, h, s, e] by their weights [b, h, n]."""
    for row in range(len(rows)):
        for head in range(values.shape[1]):
            found = mixed[row, head]
            found[:] = 0
            for first in range(0, ends[row] + 1, 8):
                part = values[rows[row], head, first : first + 8]
                w = weights[row, head, first : first + 8]
                for j in range(values.shape[3]):
                    found[j] += (
                        w[0] * _wide(part[0, j])
                        + w[1] * _wide(part[1, j])
                        + w[2] * _wide(part[2, j])
                        + w[3] * _wide(part[3, j])
                        + w[4] * _wide(part[4, j])
                        + w[5] * _wide(part[5, j])
                        + w[6] * _wide(part[6, j])
                        + w[7] * _wide(part[7, j])
                    )
