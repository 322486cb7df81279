"""Stretches of a recording, and the windows of an analysis that they cover."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True, order=True)
class Region:
    """A stretch of a recording, end exclusive."""

    start_ms: int
    end_ms: int

    @property
    def duration_ms(self) -> int:
        """How long it lasts."""
        return self.end_ms - self.start_ms


def clip_regions(regions: tuple[Region, ...], stretch: Region) -> tuple[Region, ...]:
    """The parts of the regions that lie inside the stretch."""
    return tuple(
        Region(
            start_ms=max(region.start_ms, stretch.start_ms),
            end_ms=min(region.end_ms, stretch.end_ms),
        )
        for region in regions
        if region.start_ms < stretch.end_ms and region.end_ms > stretch.start_ms
    )


def window_mask(
    regions: tuple[Region, ...], windows: int, window_ms: int, *, grow_ms: int = 0
) -> NDArray[np.bool_]:
    """Which windows a region touches, each region grown on both sides."""
    mask = np.zeros(windows, bool)
    for region in regions:
        first = max(0, (region.start_ms - grow_ms) // window_ms)
        mask[first : -(-(region.end_ms + grow_ms) // window_ms)] = True
    return mask
