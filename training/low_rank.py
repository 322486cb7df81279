"""Low-rank adaptation: matrices stay as they were, and a narrow product is learned beside each.

`W + B A` with A `[r, in]` and B `[out, r]`, B zero at first (Hu et al. 2021, arXiv:2106.09685).
Weights of convolutions count as matrices of their output channels by all the rest.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

WEIGHTS = ("weight", "weight_v", "in_proj_weight")
# A smaller matrix would not get smaller by being split in two.
SMALLEST_SIDE_PER_RANK = 2


class LowRank(nn.Module):
    """Adds the learned product to the tensor it is given."""

    def __init__(self, shape: torch.Size, rank: int) -> None:
        super().__init__()
        self.a_ri = nn.Parameter(torch.randn(rank, shape[1:].numel()) / math.sqrt(rank))
        self.b_or = nn.Parameter(torch.zeros(shape[0], rank))

    def forward(self, weight: Tensor) -> Tensor:
        return weight + (self.b_or @ self.a_ri).view_as(weight)


def adapt(model: nn.Module, rank: int) -> list[nn.Parameter]:
    """Freeze a model but for low-rank additions to its larger matrices, and return those."""
    model.requires_grad_(False)
    additions: list[nn.Parameter] = []
    chosen = [
        (module, name)
        for module in model.modules()
        if not isinstance(module, nn.Embedding)
        for name in WEIGHTS
        if _is_large(getattr(module, name, None), rank)
    ]
    for module, name in chosen:
        weight = getattr(module, name)
        addition = LowRank(weight.shape, rank).to(weight.device)
        parametrize.register_parametrization(module, name, addition)
        additions += addition.parameters()
    return additions


def merge(model: nn.Module) -> None:
    """Write what was learned into the matrices; the tensors get their plain names back."""
    for module in list(model.modules()):
        if parametrize.is_parametrized(module):
            for name in list(module.parametrizations):  # type: ignore[arg-type]
                parametrize.remove_parametrizations(module, name)
    model.requires_grad_(True)


def merged_state(model: nn.Module) -> dict[str, Tensor]:
    """The tensors that `merge` would leave, while the model goes on learning."""
    state = dict(model.state_dict())
    for path, module in model.named_modules():
        if parametrize.is_parametrized(module):
            prefix = f"{path}." if path else ""
            inner = f"{prefix}parametrizations."
            state = {key: value for key, value in state.items() if not key.startswith(inner)}
            for name in module.parametrizations:
                state[prefix + name] = getattr(module, name).detach()
    return state


def _is_large(weight: object, rank: int) -> bool:
    if not isinstance(weight, nn.Parameter) or weight.dim() < 2:
        return False
    sides = (weight.shape[0], weight.shape[1:].numel())
    return min(sides) >= SMALLEST_SIDE_PER_RANK * rank
