"""In which numbers a stage computes: products in sixteen bits where that pays, sums in full."""

from contextlib import AbstractContextManager
from typing import Any

import torch
from torch import Tensor

from training.config import Precision


class Numbers:
    """Runs networks in the chosen precision, and scales losses where small gradients would vanish.

    Weights, optimisers and losses stay float32: only what runs inside `lowered` is affected
    (Micikevicius et al. 2018, arXiv:1710.03740).
    """

    def __init__(self, device: torch.device, precision: Precision) -> None:
        chosen = _resolved(device, precision)
        self._kind = device.type
        self._dtype = torch.float16 if chosen is Precision.FLOAT16 else torch.bfloat16
        self._lowers = chosen is not Precision.FLOAT32
        self._scaler = torch.amp.GradScaler(device.type, enabled=chosen is Precision.FLOAT16)

    def lowered(self) -> AbstractContextManager[Any]:
        """Where networks run; what they return may be of sixteen bits."""
        return torch.autocast(self._kind, self._dtype, enabled=self._lowers)

    def backward(self, loss: Tensor) -> None:
        """Add a loss's gradients, scaled if need be."""
        self._scaler.scale(loss).backward()  # type: ignore[no-untyped-call]

    def unscale(self, optimizer: torch.optim.Optimizer) -> None:
        """Bring gradients to their true size, before they are clipped."""
        self._scaler.unscale_(optimizer)

    def move(self, optimizer: torch.optim.Optimizer) -> None:
        """One step of an optimiser; none where a gradient overflowed."""
        self._scaler.step(optimizer)

    def settle(self) -> None:
        """End a step: after an overflow the next one is scaled less."""
        self._scaler.update()

    def state_dict(self) -> dict[str, Any]:
        """The scale; empty where none is needed."""
        return self._scaler.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over a state of `state_dict`."""
        if state:
            self._scaler.load_state_dict(state)


def exact() -> AbstractContextManager[Any]:
    """Where spectra are measured, which sixteen bits would blur; any device's lowering is off."""
    kind = "cuda" if torch.is_autocast_enabled("cuda") else "cpu"
    return torch.autocast(kind, enabled=False)


def _resolved(device: torch.device, precision: Precision) -> Precision:
    if precision is not Precision.AUTO:
        return precision
    if device.type != "cuda":
        return Precision.FLOAT32
    has_bfloat16 = torch.cuda.is_bf16_supported(including_emulation=False)
    return Precision.BFLOAT16 if has_bfloat16 else Precision.FLOAT16
