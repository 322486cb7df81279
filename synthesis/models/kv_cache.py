"""Keys and values of a running decode, in buffers allocated once.

Shapes: b rows, h heads, s slots, e width per head. Only written slots are ever attended to, so an
unwritten slot can never take part in a softmax.
"""

import torch
from torch import Tensor


class KvCache:
    """One pair of [b, h, s, e] buffers per layer, a shared length, and a mask of padded slots."""

    def __init__(
        self,
        *,
        layers: int,
        rows: int,
        heads: int,
        slots: int,
        head_width: int,
        dtype: torch.dtype,
        device: torch.device,
    ) -> None:
        shape = (rows, heads, slots, head_width)
        self.keys = [torch.empty(shape, dtype=dtype, device=device) for _ in range(layers)]
        self.values = [torch.empty(shape, dtype=dtype, device=device) for _ in range(layers)]
        self.length = 0
        self._visible_bs: Tensor | None = None

    @property
    def slots(self) -> int:
        """How many positions fit."""
        return self.keys[0].shape[2]

    def append(self, layer: int, k_bhte: Tensor, v_bhte: Tensor) -> tuple[Tensor, Tensor]:
        """Write new positions after the current length; return all positions so far."""
        end = self.length + k_bhte.shape[2]
        if end > self.slots:
            raise ValueError(f"the cache holds {self.slots} positions, {end} were needed")
        self.keys[layer][:, :, self.length : end] = k_bhte
        self.values[layer][:, :, self.length : end] = v_bhte
        return self.keys[layer][:, :, :end], self.values[layer][:, :, :end]

    def advance(self, count: int) -> None:
        """Make the positions just written by every layer part of the past."""
        self.length += count

    def hide(self, padding_bt: Tensor) -> None:
        """Never attend to slots where `padding_bt` is True, now or in later steps."""
        if bool(padding_bt.any()):
            self._visible_bs = torch.ones(
                padding_bt.shape[0],
                self.slots,
                dtype=torch.bool,
                device=padding_bt.device,
            )
            self._visible_bs[:, : padding_bt.shape[1]] = ~padding_bt

    def visible(self) -> Tensor | None:
        """Mask [b, 1, 1, length + 1] for the next single step, or None when nothing is hidden."""
        if self._visible_bs is None:
            return None
        return self._visible_bs[:, None, None, : self.length + 1]

    def keep_rows(self, rows: Tensor) -> None:
        """Continue with the rows of these indices only; the buffers shrink."""
        self.keys = [buffer[rows] for buffer in self.keys]
        self.values = [buffer[rows] for buffer in self.values]
        if self._visible_bs is not None:
            self._visible_bs = self._visible_bs[rows]
