"""The optimiser of the semantic model: Adam whose steps are scaled by each tensor's own size."""

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

SIZE_UPDATE_PERIOD = 4
SETTLED_BIAS = 0.99


class ScaledAdam(torch.optim.Optimizer):
    """Adam with a relative learning rate: a tensor moves by `lr` times its root mean square.

    Every fourth step each tensor is also scaled as a whole, along the gradient of its size.
    One-element tensors take plain Adam steps with a tenth of the rate. The size gradients are
    clipped against the median gradient norm of the last full window of steps; the element-wise
    update sees the gradient as it is, as it did when the published base models were trained.
    """

    def __init__(
        self,
        params: Iterable[nn.Parameter],
        *,
        lr: float = 0.01,
        betas: tuple[float, float] = (0.9, 0.95),
        clipping_scale: float = 2.0,
        clipping_update_period: int = 1000,
        scalar_lr_scale: float = 0.1,
        eps: float = 1e-8,
        param_min_rms: float = 1e-5,
        param_max_rms: float = 3.0,
        scalar_max: float = 10.0,
    ) -> None:
        super().__init__(
            params,
            {
                "lr": lr,
                "betas": betas,
                "clipping_scale": clipping_scale,
                "clipping_update_period": clipping_update_period,
                "scalar_lr_scale": scalar_lr_scale,
                "eps": eps,
                "param_min_rms": param_min_rms,
                "param_max_rms": param_max_rms,
                "scalar_max": scalar_max,
            },
        )
        for group in self.param_groups:
            group["steps_done"] = 0
            group["recent_norms"] = []
            group["norm_limit"] = None

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """Move every parameter that has a gradient; nothing is evaluated again."""
        for group in self.param_groups:
            moved = [p for p in group["params"] if p.grad is not None]
            if not moved:
                continue
            for p in moved:
                self._begin(p)
            clip = self._clip_factor(group, moved)
            for p in moved:
                if p.numel() == 1:
                    self._step_scalar(group, p)
                else:
                    self._step_tensor(group, p, clip)
            group["steps_done"] += 1

    def _begin(self, p: Tensor) -> None:
        state = self.state[p]
        if state:
            return
        state["delta"] = torch.zeros_like(p)
        state["square"] = torch.zeros_like(p)
        if p.numel() > 1:
            state["rms"] = _rms(p)
            state["size_grads"] = p.new_zeros(SIZE_UPDATE_PERIOD)
            state["size_square"] = p.new_zeros(())

    def _clip_factor(self, group: dict[str, Any], moved: list[Tensor]) -> float:
        """Return what this step's size gradients are multiplied with, at most 1.

        The limit is a multiple of the median norm of the last window, and is renewed when a
        window is full; the step that fills the window is already held to the new limit.
        """
        weighted = [
            torch.linalg.vector_norm(p.grad) * self.state[p].get("rms", 1.0)
            for p in moved
            if p.grad is not None
        ]
        norm = float(torch.linalg.vector_norm(torch.stack(weighted)))
        period: int = group["clipping_update_period"]
        recent: list[float] = [*group["recent_norms"], norm][-period:]
        group["recent_norms"] = recent
        step = group["steps_done"]
        if step and step % period == 0:
            group["norm_limit"] = group["clipping_scale"] * sorted(recent)[period // 2]
        limit: float | None = group["norm_limit"]
        return 1.0 if limit is None else min(1.0, limit / (norm + 1e-20))

    def _step_tensor(self, group: dict[str, Any], p: Tensor, clip: float) -> None:
        assert p.grad is not None
        state, step, lr = self.state[p], group["steps_done"], group["lr"]
        beta1, beta2 = group["betas"]
        delta: Tensor = state["delta"]
        delta.mul_(beta1)
        phase = step % SIZE_UPDATE_PERIOD
        state["size_grads"][phase] = clip * torch.dot(p.flatten(), p.grad.flatten())
        if phase == SIZE_UPDATE_PERIOD - 1:
            state["rms"].copy_(_rms(p))
            delta.add_(p * ((1 - beta1) * self._size_step(group, state)))
        square: Tensor = state["square"]
        square.mul_(beta2).addcmul_(p.grad, p.grad, value=1 - beta2)
        correction = 1 - beta2 ** (step + 1)
        if correction >= SETTLED_BIAS:
            correction = 1.0
        denominator = (square / correction).sqrt_().add_(group["eps"])
        rate = -lr * (1 - beta1) * state["rms"].clamp(min=group["param_min_rms"])
        p.add_(delta.add_((p.grad / denominator).mul_(rate)))

    def _size_step(self, group: dict[str, Any], state: dict[str, Tensor]) -> Tensor:
        """Return the relative change of a tensor's size, from its last four size gradients."""
        decay = group["betas"][1] ** SIZE_UPDATE_PERIOD
        grads, square = state["size_grads"], state["size_square"]
        square.mul_(decay).add_((1 - decay) * grads.square().mean())
        updates = (group["steps_done"] + 1) // SIZE_UPDATE_PERIOD
        rate = group["lr"] * group["scalar_lr_scale"]
        correction = (1 - decay**updates) ** 0.5
        change = -rate * correction * grads.sum() / (square.sqrt() + group["eps"])
        change = torch.where(state["rms"] < group["param_min_rms"], 0.0, change)
        shrink = -rate * SIZE_UPDATE_PERIOD
        return torch.where(state["rms"] > group["param_max_rms"], shrink, change)

    def _step_scalar(self, group: dict[str, Any], p: Tensor) -> None:
        assert p.grad is not None
        state = self.state[p]
        beta1, beta2 = group["betas"]
        rate = group["lr"] * group["scalar_lr_scale"]
        square: Tensor = state["square"]
        square.mul_(beta2).addcmul_(p.grad, p.grad, value=1 - beta2)
        correction = 1 - beta2 ** (group["steps_done"] + 1)
        denominator = (square / correction).sqrt_().add_(group["eps"])
        delta: Tensor = state["delta"]
        delta.mul_(beta1).addcdiv_(p.grad, denominator, value=-rate * (1 - beta1))
        p.clamp_(-group["scalar_max"], group["scalar_max"]).add_(delta)


def _rms(p: Tensor) -> Tensor:
    return p.square().mean().sqrt()
