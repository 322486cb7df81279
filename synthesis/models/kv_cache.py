"""Keys and values of running decodes, in slots allocated once that rows join and leave.

Shapes: b rows, h heads, s positions of a slot, e width per head, n positions of one row. What a
row has not written is read under a mask only, and is always finite, so it takes no part.
"""

import math
import mmap

import torch
from torch import Tensor

# Positions are read in whole blocks, so that rows of like lengths are mixed by one product. A
# product over whole blocks gives a row the same bits however many blocks follow its own.
BLOCK = 32


class KvSlots:
    """One [2, slots, h, s, e] buffer per layer: keys, then values. A row writes from the start."""

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
        # One position more, which nobody reads: a step of fixed shape writes the rows there that
        # it computes in vain.
        shape = (2, slots, heads, in_blocks(length + 1), head_width)
        self.buffers = [_zeros(shape, dtype, device) for _ in range(layers)]
        self.count, self.length, self.heads = slots, length, heads
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

    def wipe(self, slot: int, count: int) -> None:
        """Forget a row's first positions, after a model that computed what is no number."""
        for buffer in self.buffers:
            buffer[:, slot, :, : in_blocks(count)] = 0

    def fill(self, layer: int, slot: int, kv_n2he: Tensor) -> None:
        """Write a row's first positions."""
        count = kv_n2he.shape[0]
        self.buffers[layer][:, slot, :, :count] = kv_n2he.permute(1, 2, 0, 3)

    def lines(self, slots_b: Tensor, positions_b: Tensor) -> Tensor:
        """Where one position of each row lies among all lines of e numbers, [b * 2 * h]."""
        _, count, heads, length, _ = self.buffers[0].shape
        kinds = torch.arange(2, device=slots_b.device)[:, None] * count * heads
        places = (kinds + torch.arange(heads, device=slots_b.device)) * length
        starts_b = slots_b * heads * length + positions_b
        return (starts_b[:, None, None] + places).flatten()

    def write(self, layer: int, lines: Tensor, kv_b2he: Tensor) -> None:
        """Write one position of each row, at its lines."""
        kept = self.buffers[layer].flatten(0, 3)
        kept.index_copy_(0, lines, kv_b2he.flatten(0, 2))

    def neighbours(self, layer: int, slot: int, count: int, length: int) -> tuple[Tensor, Tensor]:
        """Keys and values [count * h, length, e] of slots that follow each other."""
        first, end = slot * self.heads, (slot + count) * self.heads
        keys, values = self.buffers[layer].flatten(1, 2)[:, first:end, :length]
        return keys, values


def in_blocks(length: int) -> int:
    """The least whole blocks that hold so many positions, counted in positions."""
    return math.ceil(length / BLOCK) * BLOCK


def _zeros(shape: tuple[int, ...], dtype: torch.dtype, device: torch.device) -> Tensor:
    if device.type != "cpu":
        return torch.zeros(shape, dtype=dtype, device=device)
    # Fresh pages of the system are zero, and take memory only once they are written.
    pages = mmap.mmap(-1, math.prod(shape) * dtype.itemsize)
    return torch.frombuffer(pages, dtype=dtype).view(shape)
