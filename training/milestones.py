"""What is written down while a stage learns: its curve, checkpoints to choose from, and its end.

The curve is a file of JSON lines. A resumed stage repeats the steps after its checkpoint and writes
them once more, alike, so the last line of a step counts.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from torch import nn

from synthesis.bundles.weights import save_weights
from training import low_rank
from training.data import Item

CURVES, KEPT = "curves", "kept"
HELD_OUT = "held_out"
# Of so many clips one is held out, but no more than are needed for a stable mean.
HELD_OUT_OF = 10
MOST_HELD_OUT = 8
FEWEST_CLIPS = 20


def hold_out(
    items: Sequence[Item], patience_epochs: int | None
) -> tuple[Sequence[Item], Sequence[Item]]:
    """The clips to learn from and those to be measured on; the latter are none of a few clips.

    Which ones is decided by their hashes alone.
    """
    if patience_epochs is None or len(items) < FEWEST_CLIPS:
        return items, ()
    count = min(MOST_HELD_OUT, len(items) // HELD_OUT_OF)
    held = {item.clip for item in sorted(items, key=lambda item: item.clip)[:count]}
    return (
        [item for item in items if item.clip not in held],
        [item for item in items if item.clip in held],
    )


class Milestones:
    """Told every step of a stage; answers whether to go on."""

    def __init__(
        self,
        *,
        stage: str,
        folder: Path,
        model: nn.Module,
        total_steps: int,
        keep_every_steps: int | None,
        epoch_steps: int,
        patience_epochs: int | None,
        held_out: Callable[[], float] | None,
    ) -> None:
        self._stage = stage
        self._model = model
        self._total_steps = total_steps
        self._keep_every_steps = keep_every_steps
        self._epoch_steps = epoch_steps
        self._patience_epochs = patience_epochs
        self._held_out = held_out
        self._curve = folder / CURVES / f"{stage}.jsonl"
        self._kept = folder / KEPT
        self._losses: dict[int, float] = {
            step: row[HELD_OUT] for step, row in read_curve(self._curve).items() if HELD_OUT in row
        }

    def keep_start(self) -> None:
        """Keep the model as it is before its first step."""
        if 0 not in self._found():
            self._keep(0)

    def __call__(self, done: int, metrics: Mapping[str, float]) -> bool:
        """Write a step down; False when the held-out loss has not fallen for long enough."""
        row = {"step": done, **metrics}
        goes_on = True
        if self._held_out is not None and done % self._epoch_steps == 0:
            self._losses[done] = row[HELD_OUT] = self._held_out()
            goes_on = not self._is_patience_over(done)
        self._curve.parent.mkdir(parents=True, exist_ok=True)
        with self._curve.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
        is_last = done == self._total_steps or not goes_on
        if self._keep_every_steps is not None and (is_last or self._is_worth_keeping(done)):
            self._keep(done)
        return goes_on

    def kept(self, steps: int) -> dict[int, Path]:
        """The checkpoints of a stage that has ended after so many steps, by their steps."""
        best = self._best_until(steps)
        return {
            step: path
            for step, path in sorted(self._found().items())
            if step in (steps, best) or (step < steps and self._is_due(step))
        }

    def _found(self) -> dict[int, Path]:
        return {int(path.stem.split("-")[1]): path for path in self._kept.glob(f"{self._stage}-*")}

    def _is_due(self, done: int) -> bool:
        return self._keep_every_steps is not None and done % self._keep_every_steps == 0

    def _is_worth_keeping(self, done: int) -> bool:
        return self._is_due(done) or self._best_until(done) == done

    def _is_patience_over(self, done: int) -> bool:
        best = self._best_until(done)
        assert best is not None, "measured just now"
        assert self._patience_epochs is not None, "clips are held out for the sake of patience"
        return done - best >= self._patience_epochs * self._epoch_steps

    def _best_until(self, done: int) -> int | None:
        """Of the steps so far, the one with the smallest loss of held-out clips."""
        known = {step: loss for step, loss in self._losses.items() if step <= done}
        return min(known, key=lambda step: (known[step], step), default=None)

    def _keep(self, done: int) -> None:
        self._kept.mkdir(parents=True, exist_ok=True)
        path = self._kept / f"{self._stage}-{done:06d}.safetensors"
        partial = path.with_name(f".{path.name}")
        save_weights(low_rank.merged_state(self._model), partial, half=True)
        partial.replace(path)


def read_curve(path: Path) -> dict[int, dict[str, float]]:
    """What a stage measured, by step; nothing when it has not begun. A line cut short is left."""
    rows: dict[int, dict[str, float]] = {}
    if not path.exists():
        return rows
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            row = json.loads(line)
        except json.JSONDecodeError:  # the process was killed while it wrote this
            continue
        rows[row.pop("step")] = row
    return rows
