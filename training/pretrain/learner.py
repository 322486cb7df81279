"""The trainer that every stage of a pretraining shares: AdamW on the sum of a stage's losses.

It alone knows the device: what a task holds and every batch is moved there, and losses make their
tensors beside those of the batch.
"""

import math
from typing import Any, Generic, Protocol, TypeVar

import torch
from torch import Tensor, nn

from synthesis.device import usable_device
from training.device import on_device
from training.precision import Numbers
from training.pretrain.recipe import PRECISIONS, Pace

Batch_contra = TypeVar("Batch_contra", contravariant=True)
FINAL_SHARE = 0.05


class Task(Protocol[Batch_contra]):
    """What is learned: modules, and losses of a batch that are summed."""

    modules: list[nn.Module]

    def losses(self, batch: Batch_contra) -> dict[str, Tensor]:
        """Every part of the loss, weighted, as scalars."""


class Learner(Generic[Batch_contra]):
    """Moves the parameters of a task's modules along the gradient of its losses."""

    def __init__(
        self,
        task: Task[Batch_contra],
        pace: Pace,
        *,
        precision: str = "fp32",
        device: str = "cpu",
    ) -> None:
        self.device = usable_device(device)
        for held in vars(task).values():
            if isinstance(held, nn.Module):
                held.to(self.device)
        self.modules = nn.ModuleList(task.modules).train()
        self.losses = task.losses
        self.pace = pace
        self.numbers = Numbers(self.device, PRECISIONS[precision])
        self.steps_done = 0
        self.parameters = [p for p in self.modules.parameters() if p.requires_grad]
        matrices = [p for p in self.parameters if p.dim() > 1]
        others = [p for p in self.parameters if p.dim() <= 1]
        self.optimizer = torch.optim.AdamW(
            [{"params": matrices, "weight_decay": 0.01}, {"params": others, "weight_decay": 0.0}],
            lr=pace.peak_rate,
            betas=pace.betas,
        )

    def step(self, batch: Batch_contra) -> dict[str, float]:
        """Learn from one batch; return every loss before it, and their sum."""
        with self.numbers.lowered():
            parts = self.losses(on_device(batch, self.device))
        return self.descend(parts)

    def descend(self, parts: dict[str, Tensor]) -> dict[str, float]:
        """Move along the gradient of the sum of all parts; return them, and their sum."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate()
        total = torch.stack(list(parts.values())).sum()
        self.optimizer.zero_grad(set_to_none=True)
        self.numbers.backward(total)
        self.numbers.unscale(self.optimizer)
        nn.utils.clip_grad_norm_(self.parameters, self.pace.clip)
        self.numbers.move(self.optimizer)
        self.numbers.settle()
        self.steps_done += 1
        return {name: part.item() for name, part in parts.items()} | {"loss": total.item()}

    def rate(self) -> float:
        """The learning rate of the next step."""
        pace, done = self.pace, self.steps_done
        if done < pace.warm_up_steps:
            return pace.peak_rate * (done + 1) / pace.warm_up_steps
        progress = (done - pace.warm_up_steps) / max(1, pace.steps - pace.warm_up_steps)
        swing = (1 + math.cos(math.pi * min(1.0, progress))) / 2
        return pace.peak_rate * (FINAL_SHARE + (1 - FINAL_SHARE) * swing)

    def finish(self) -> None:
        """Nothing is left over: every step moves the parameters."""

    def state_dict(self) -> dict[str, Any]:
        """Everything `load_state_dict` needs."""
        return {
            "modules": self.modules.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "numbers": self.numbers.state_dict(),
            "steps_done": self.steps_done,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over a state of `state_dict`."""
        self.modules.load_state_dict(state["modules"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.numbers.load_state_dict(state.get("numbers", {}))
        self.steps_done = state["steps_done"]
