"""What was recorded with a few rows is the same function with any number of them, bit for bit."""

from __future__ import annotations

import pytest
import torch

from synthesis.decoding.products import Arithmetic, product
from synthesis.decoding.recorded import recorded


@pytest.mark.parametrize("arithmetic", [Arithmetic.FLOAT32, Arithmetic.FLOAT16, Arithmetic.INT8])
def test_a_recording_computes_what_its_function_computes(arithmetic: Arithmetic) -> None:
    generator = torch.Generator().manual_seed(2)
    weight = torch.randn(24, 16, generator=generator)
    multiply = product(weight, torch.ones(24), arithmetic)

    def function(x_bi: torch.Tensor) -> torch.Tensor:
        return multiply(x_bi).relu_()

    again = recorded(function, multiply.packed, [torch.zeros(2, 16)])
    for rows in (1, 2, 5, 33):
        x_bi = torch.randn(rows, 16, generator=generator)
        assert torch.equal(again(x_bi), function(x_bi))
