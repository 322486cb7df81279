"""The place for an inaudible mark in the sound itself, whoever makes it.

Shapes: s samples.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

FOUND = 0.5
LISTENER_RATE_HZ = 32_000


class Watermark(Protocol):
    """What embeds a mark and finds it again; it says only that there is one, and no id."""

    name: str

    def embed(self, wave_s: NDArray[np.float32], sample_rate_hz: int) -> NDArray[np.float32]:
        """As many samples [s] as were given, with the mark."""

    def detect(self, wave_s: NDArray[np.float32], sample_rate_hz: int) -> float:
        """How sure it is of a mark in the clearest part of the sound [s], 0 to 1."""


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What was found of a watermark in a file; `score` is 0 to 1."""

    name: str
    score: float

    @property
    def is_there(self) -> bool:
        return self.score >= FOUND

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"name": self.name, "score": round(self.score, 3), "found": self.is_there}
