"""What a long piece of work tells its caller: how far it is, and how long it will still take."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Progress:
    """One report. `eta_s` is for this stage, and None until something has been measured."""

    stage: str
    done: int
    total: int
    eta_s: float | None
    metrics: Mapping[str, float] = field(default_factory=dict)


OnProgress = Callable[[Progress], None]
ShouldStop = Callable[[], bool]


class Reporter:
    """Counts a stage's units of work and reports each, with the pace of this process."""

    def __init__(self, stage: str, total: int, on_progress: OnProgress, *, done: int = 0) -> None:
        self.stage = stage
        self.total = total
        self.done = done
        self._already_done = done
        self._on_progress = on_progress
        self._started_s = time.monotonic()

    def advance(self, metrics: Mapping[str, float] | None = None) -> None:
        """Report one more unit as done."""
        self.done += 1
        elapsed_s = time.monotonic() - self._started_s
        pace_s = elapsed_s / (self.done - self._already_done)
        self._on_progress(
            Progress(
                stage=self.stage,
                done=self.done,
                total=self.total,
                eta_s=pace_s * (self.total - self.done),
                metrics=metrics or {},
            )
        )
