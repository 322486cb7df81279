"""Recomputation keeps far less for the backward pass."""

import torch
from torch import Tensor

from synthesis.bundles.base import BaseModel
from synthesis.models.semantic import SemanticModel
from training.recompute import heavy_parts_of_semantic, recompute


def kept_bytes(model: SemanticModel) -> int:
    """Return the size of all that a forward pass keeps for the backward pass."""
    sizes: dict[int, int] = {}

    def pack(tensor: Tensor) -> Tensor:
        sizes[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    held = {p.untyped_storage().data_ptr() for p in model.parameters()}
    phones, codes = torch.zeros(2, 40, dtype=torch.long), torch.zeros(2, 100, dtype=torch.long)
    lens = [torch.tensor([size, size]) for size in (40, 100)]
    bert = torch.zeros(2, model.config.bert_width, 40)
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        logits, _ = model(phones, lens[0], codes, lens[1], bert)
        logits.sum().backward()
    return sum(size for pointer, size in sizes.items() if pointer not in held)


def test_recomputed_layers_keep_less_than_half(base: BaseModel) -> None:
    plain, frugal = base.semantic().train(), base.semantic().train()
    recompute(heavy_parts_of_semantic(frugal))
    assert kept_bytes(frugal) < kept_bytes(plain) / 2
