"""Trades time for memory: parts of a network forget what they computed and compute it again."""

from collections.abc import Iterable
from typing import Any

from torch import nn
from torch.utils.checkpoint import checkpoint

from synthesis.models.semantic import SemanticModel
from synthesis.models.vits import AcousticModel


def recompute(modules: Iterable[nn.Module]) -> None:
    """Keep only the inputs of these modules until the backward pass, which runs them again.

    Losses and gradients stay the same, dropout included: its random numbers are replayed.
    """
    for module in modules:
        _wrap(module)


def heavy_parts_of_acoustic(model: AcousticModel) -> list[nn.Module]:
    """Return where most activations are: in the decoder and the posterior."""
    return [*model.dec.heavy_parts, model.enc_q.enc]


def heavy_parts_of_semantic(model: SemanticModel) -> list[nn.Module]:
    """Return every layer of the transformer."""
    return [*model.h.layers]


def _wrap(module: nn.Module) -> None:
    inner = module.forward

    def forward(*inputs: Any, **options: Any) -> Any:
        if not module.training:
            return inner(*inputs, **options)
        return checkpoint(inner, *inputs, use_reentrant=False, **options)

    # Set on the instance, so that the names of the stored tensors stay what they are.
    module.forward = forward
