"""Keys and values of running decodes, in slots allocated once that rows join and leave.

Shapes: b rows, h heads, s positions of a slot, e width per head, n positions of one row. Only what
a row has written is ever attended to, so what the last row left in a slot takes no part.
"""

import torch
from torch import Tensor


class KvSlots:
    """One [slots, 2, h, s, e] buffer per layer: keys, then values. A row writes from the start."""

    def __init__(
        self,
        *,
        layers: int,
        slots: int,
        heads: int,
        length: int,
        head_width: int,
        dtype: torch.dtype,
        device: torch.device,
    ) -> None:
        # A processor takes memory for what is written only; a fixed-shape step on a graphics
        # device reads every position under its mask, where what is no number would spread.
        make = torch.empty if device.type == "cpu" else torch.zeros
        # One position more, which nobody reads: a step of fixed shape writes the rows there that
        # it computes in vain.
        shape = (slots, 2, heads, length + 1, head_width)
        self.buffers = [make(shape, dtype=dtype, device=device) for _ in range(layers)]
        self.count, self.length = slots, length
        self._free = list(range(slots))

    @property
    def free(self) -> int:
        """How many more rows may join."""
        return len(self._free)

    @property
    def nbytes(self) -> int:
        """The most memory that the slots can take."""
        return sum(buffer.nbytes for buffer in self.buffers)

    def take(self) -> int:
        """The lowest free slot; IndexError when there is none."""
        return self._free.pop(0)

    def give_back(self, slot: int) -> None:
        """Let another row have it."""
        self._free.append(slot)
        self._free.sort()

    def fill(self, layer: int, slot: int, kv_n2he: Tensor) -> None:
        """Write a row's first positions."""
        count = kv_n2he.shape[0]
        self.buffers[layer][slot, :, :, :count] = kv_n2he.permute(1, 2, 0, 3)

    def write(self, layer: int, slots_b: Tensor, positions_b: Tensor, kv_b2he: Tensor) -> None:
        """Write one position of each row."""
        self.buffers[layer][slots_b, :, :, positions_b] = kv_b2he

    def past(self, layer: int, slot: int, count: int) -> tuple[Tensor, Tensor]:
        """Keys and values [1, h, count, e] of a row's first positions."""
        keys, values = self.buffers[layer][slot, :, None, :, :count]
        return keys, values
