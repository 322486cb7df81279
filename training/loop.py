"""The one training loop: step, report, keep a checkpoint, obey a stop; it resumes where it was.

Random numbers are seeded anew before every step from the seed and the step's number, and the order
of the data is a function of the same two. A checkpoint therefore needs only the number of steps
done beside the trainer's tensors, and a resumed run draws what an uninterrupted one would have.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

import torch

from synthesis.errors import EngineError, Stopped
from training.files import read_state, write_state
from training.progress import OnProgress, Reporter, ShouldStop
from training.tracking import Tracker

Batch_contra = TypeVar("Batch_contra", contravariant=True)
Batch = TypeVar("Batch")
# Told the steps done and what the last one measured; answers whether the stage should go on.
AfterStep = Callable[[int, Mapping[str, float]], bool]
STEP_STRIDE = 1_000_003


class Trainer(Protocol[Batch_contra]):
    """A model, its optimisers, and one step of training."""

    def step(self, batch: Batch_contra) -> dict[str, float]:
        """Learn from one batch; return what was measured before learning."""

    def finish(self) -> None:
        """Use what the steps so far have gathered and not used yet."""

    def state_dict(self) -> dict[str, Any]:
        """Return everything needed to go on later."""

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from an earlier state."""


class Diverged(EngineError):
    """A loss became infinite or not a number."""

    code = "training_diverged"


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """How long a stage runs, with which seed, and where and how often it is kept."""

    stage: str
    total_steps: int
    seed: int
    checkpoint: Path
    checkpoint_every_steps: int


def run(
    trainer: Trainer[Batch],
    batch_at: Callable[[int], Batch],
    schedule: Schedule,
    *,
    on_progress: OnProgress,
    should_stop: ShouldStop,
    tracker: Tracker,
    after_step: AfterStep = lambda done, metrics: True,
) -> tuple[int, dict[str, float]]:
    """Run a stage to its end, from its checkpoint if there is one.

    Args:
        batch_at: the batch of a step counted from 0; equal steps must give equal batches.

    Returns:
        The steps done, fewer than planned when `after_step` ended the stage, and what the last
        one measured.

    Raises:
        Stopped: `should_stop` said so; a checkpoint was written first.
        Diverged: a loss was not finite; the last checkpoint is from before.
    """
    state = read_state(schedule.checkpoint) or {"steps_done": 0, "metrics": {}}
    done: int = state["steps_done"]
    ended: bool = state.get("ended", False)
    metrics: dict[str, float] = state["metrics"]
    if done:
        trainer.load_state_dict(state["trainer"])
    del state
    saved = done
    reporter = Reporter(schedule.stage, schedule.total_steps, on_progress, done=done)

    def save() -> None:
        state = {
            "steps_done": done,
            "ended": ended,
            "metrics": metrics,
            "trainer": trainer.state_dict(),
        }
        write_state(schedule.checkpoint, state)
        tracker.flush()

    while done < schedule.total_steps and not ended:
        if should_stop():
            if done > saved:
                save()
            raise Stopped(
                f"Training stopped in stage {schedule.stage} after {done} of"
                f" {schedule.total_steps} steps; start it again to go on from there.",
                data={"stage": schedule.stage, "done": done, "total": schedule.total_steps},
            )
        torch.manual_seed(schedule.seed * STEP_STRIDE + done)
        metrics = trainer.step(batch_at(done))
        if not all(math.isfinite(value) for value in metrics.values()):
            raise Diverged(
                f"Stage {schedule.stage} produced a loss that is no number at step {done + 1}."
                " Lower the learning rate, or look for silent or broken clips.",
                data={"stage": schedule.stage, "step": done + 1},
            )
        done += 1
        tracker.log(schedule.stage, done, metrics)
        if done == schedule.total_steps:
            trainer.finish()
        ended = not after_step(done, metrics)
        if done % schedule.checkpoint_every_steps == 0 or done == schedule.total_steps or ended:
            save()
            saved = done
        reporter.advance(metrics)
    return done, metrics
