"""Keys and values in float16 are mixed as those in float32 are, but for their rounding."""

from __future__ import annotations

import torch

from synthesis.decoding.mixing import Mixing
from synthesis.decoding.short_mixing import ShortMixing, ShortSlots
from synthesis.models.kv_cache import KvSlots

ROWS, LENGTHS = [0, 1, 3], [31, 40, 5]


def mixed(kind: type[KvSlots], dtype: torch.dtype) -> torch.Tensor:
    """What two steps give for three rows of which one begins a block, [2, b, h, e]."""
    generator = torch.Generator().manual_seed(1)
    slots = kind(
        layers=1,
        slots=4,
        heads=2,
        length=70,
        head_width=8,
        dtype=dtype,
        device=torch.device("cpu"),
    )
    slots.buffers[0].fill_(1e4)
    for row, length in zip(ROWS, LENGTHS, strict=True):
        slots.fill(0, row, torch.randn(length, 2, 2, 8, generator=generator))
    mixing = ShortMixing if kind is ShortSlots else Mixing
    found = []
    for step in range(2):
        qkv = torch.randn(3, 3, 2, 8, generator=generator)
        lengths = [length + step for length in LENGTHS]
        found.append(mixing(slots, ROWS, lengths)(0, qkv).view(3, 2, 8))
    return torch.stack(found)


def test_short_keys_and_values_are_mixed_as_long_ones_are() -> None:
    exact = mixed(KvSlots, torch.float32)
    short = mixed(ShortSlots, torch.float16)
    torch.testing.assert_close(short, exact, rtol=1e-3, atol=1e-3)
    assert not torch.equal(short, exact)
