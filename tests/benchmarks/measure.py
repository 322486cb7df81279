"""Repeats a measurement and keeps its median: machines are shared and noisy."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

RUNS = 5


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One line of the report; `floor` is what the machine could do at best, in the same unit."""

    name: str
    value: float
    unit: str
    floor: float | None = None
    floor_name: str = ""

    def line(self) -> str:
        beside = ""
        if self.floor is not None:
            share = self.value / self.floor if self.floor else 0.0
            beside = f"   {self.floor_name} {self.floor:,.4g} {self.unit}, ratio {share:.3f}"
        return f"{self.name:<48} {self.value:>12,.4g} {self.unit}{beside}"


def median_s(do: Callable[[], object], *, runs: int = RUNS, warm_up: int = 1) -> float:
    """The median wall time of `do` in seconds."""
    for _ in range(warm_up):
        do()
    times = []
    for _ in range(runs):
        started = time.perf_counter()
        do()
        times.append(time.perf_counter() - started)
    return statistics.median(times)
