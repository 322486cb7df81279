"""Decode steps whose shapes are fixed, for devices where launching work costs more than the work.

Shapes: r rows (the first r slots, used or not), b rows in use, n positions, h heads, e width per
head, v vocabulary. A step is captured once for each rung of a ladder of rows and lengths, and then
replayed: nothing inside waits for the host. Rows that are not in use are computed in vain, and
write to a position that nobody reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional

from synthesis.models.kv_cache import KvSlots

if TYPE_CHECKING:
    from synthesis.decoding.decoder import Decoder

ROWS = (1, 2, 4, 8, 16, 32, 64)
LENGTHS = (256, 512, 1024, 2048)
# A graph may be captured once its kernels have been chosen and its memory is known.
WARM_UPS = 3


def fixed_step(
    decoder: Decoder, slots: KvSlots, codes_r: Tensor, places_r: Tensor, ends_r: Tensor, length: int
) -> Tensor:
    """Logits [r, v] after one more code for the first r slots.

    Every position below `length` is read under a mask; `ends_r` are the positions written now.
    """
    count = len(codes_r)
    lines = slots.lines(torch.arange(count, device=codes_r.device), ends_r)
    visible = torch.arange(length, device=codes_r.device) <= ends_r[:, None]

    def attend(index: int, qkv_r3he: Tensor) -> Tensor:
        slots.write(index, lines, qkv_r3he[:, 1:])
        keys, values = slots.buffers[index][:, :count, :, :length]
        query = qkv_r3he[:, 0, :, None]
        return functional.scaled_dot_product_attention(
            query, keys, values, attn_mask=visible[:, None, None]
        )

    return decoder.predict(decoder.through_layers(decoder.embed(codes_r, places_r), attend))


class CapturedSteps:
    """The steps of one decoder in one set of slots, on a CUDA device.

    It does not keep the slots alive: who forgets them forgets these steps with them.
    """

    def __init__(self, decoder: Decoder, count: int) -> None:
        self._decoder = decoder
        self._codes, self._places, self._ends = (
            torch.zeros(count, dtype=torch.long, device=decoder.device) for _ in range(3)
        )
        self._graphs: dict[tuple[int, int], tuple[torch.cuda.CUDAGraph, Tensor]] = {}

    def __call__(
        self,
        codes_b: Tensor,
        code_places: Sequence[int],
        slots: KvSlots,
        rows: Sequence[int],
        lengths: Sequence[int],
    ) -> Tensor:
        """Logits [b, v]; see `Decoder.step`."""
        rung = (
            _rung(ROWS, max(rows) + 1, slots.count),
            _rung(LENGTHS, max(lengths) + 1, slots.length),
        )
        self._place(rows, code_places, lengths, nowhere=slots.length)
        rows_b = torch.tensor(rows, device=codes_b.device)
        self._codes[rows_b] = codes_b
        if rung not in self._graphs:
            self._graphs[rung] = self._capture(slots, *rung)
        graph, logits = self._graphs[rung]
        graph.replay()
        return logits[rows_b]

    def _place(
        self,
        rows: Sequence[int],
        code_places: Sequence[int],
        lengths: Sequence[int],
        *,
        nowhere: int,
    ) -> None:
        places = torch.zeros(len(self._places), dtype=torch.long)
        ends = torch.full_like(places, nowhere)
        places[list(rows)] = torch.tensor(code_places)
        ends[list(rows)] = torch.tensor(lengths)
        self._places.copy_(places, non_blocking=True)
        self._ends.copy_(ends, non_blocking=True)

    def _capture(
        self, slots: KvSlots, count: int, length: int
    ) -> tuple[torch.cuda.CUDAGraph, Tensor]:
        """Warming up writes what the first replay writes again, and nothing else."""
        stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(WARM_UPS):
                self._step(slots, count, length)
        torch.cuda.current_stream().wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        # Other threads render sound meanwhile, and may ask for memory, which this must not forbid.
        with torch.cuda.graph(graph, capture_error_mode="thread_local"):
            logits = self._step(slots, count, length)
        return graph, logits

    def _step(self, slots: KvSlots, count: int, length: int) -> Tensor:
        codes, places, ends = (x[:count] for x in (self._codes, self._places, self._ends))
        return fixed_step(self._decoder, slots, codes, places, ends, length)


def _rung(ladder: Sequence[int], least: int, most: int) -> int:
    """The lowest rung that is enough, or all there is."""
    return min([rung for rung in ladder if rung >= least] + [most])
