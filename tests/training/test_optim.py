"""The scaled optimiser; its exact path is a parity case, here is what must hold besides."""

import copy

import torch
from torch import nn

from training.optim import ScaledAdam


def _gradients(step: int) -> list[torch.Tensor]:
    chance = torch.Generator().manual_seed(step)
    return [torch.randn(4, 3, generator=chance), torch.randn(1, generator=chance)]


def _parameters() -> list[nn.Parameter]:
    return [nn.Parameter(torch.full((4, 3), 0.5)), nn.Parameter(torch.ones(1))]


def _walk(
    parameters: list[nn.Parameter], optimizer: ScaledAdam, first: int, last: int
) -> list[torch.Tensor]:
    for step in range(first, last):
        for p, gradient in zip(parameters, _gradients(step), strict=True):
            p.grad = gradient
        optimizer.step()
    return [p.detach() for p in parameters]


def test_a_restored_optimiser_walks_the_same_path() -> None:
    parameters = _parameters()
    optimizer = ScaledAdam(parameters, lr=0.02, clipping_update_period=4)
    _walk(parameters, optimizer, 0, 7)
    resumed = [nn.Parameter(p.detach().clone()) for p in parameters]
    other = ScaledAdam(resumed, lr=1.0)
    other.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    expected = _walk(parameters, optimizer, 7, 14)
    for found, wanted in zip(_walk(resumed, other, 7, 14), expected, strict=True):
        assert torch.equal(found, wanted)


def test_a_parameter_without_gradient_stays_where_it_is() -> None:
    moving, still = _parameters()
    optimizer = ScaledAdam([moving, still])
    moving.grad = torch.ones_like(moving)
    optimizer.step()
    assert torch.equal(still, torch.ones(1))
    assert not torch.equal(moving, torch.full((4, 3), 0.5))


def test_a_tensor_moves_in_proportion_to_its_own_size() -> None:
    small, large = nn.Parameter(torch.full((8,), 0.01)), nn.Parameter(torch.full((8,), 1.0))
    optimizer = ScaledAdam([small, large], lr=0.01)
    for p in (small, large):
        p.grad = torch.ones(8)
    optimizer.step()
    ratio = (large.detach() - 1.0) / (small.detach() - 0.01)
    assert torch.allclose(ratio, torch.full((8,), 100.0), rtol=1e-3)
