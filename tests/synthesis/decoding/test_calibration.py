"""The arithmetic is chosen by what was measured, and never one that says something else."""

from __future__ import annotations

import pytest
import torch

from synthesis.bundles.base import BaseModel
from synthesis.bundles.random_base import random_semantic
from synthesis.decoding import calibration
from synthesis.decoding.calibration import calibrate
from synthesis.decoding.loop import Sentence
from synthesis.decoding.products import Arithmetic, Halves, Int8, product
from synthesis.models.semantic import SemanticConfig
from tests.benchmarks.starter import STARTER, agreement


@pytest.fixture(scope="module")
def found() -> calibration.Calibration:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(4)
        model = random_semantic(SemanticConfig(width=64, heads=4, layers=2, bert_width=16))
        model.eval().requires_grad_(False)
        sentence = Sentence(phones=torch.randint(0, 700, (20,)), bert=torch.zeros(16, 20))
        return calibrate(model, sentence, torch.randint(0, 1000, (15,)), budget_s=0.1)


def test_every_arithmetic_is_measured_beside_float32(found: calibration.Calibration) -> None:
    by_name = {one.arithmetic: one for one in found.measured}
    assert set(by_name) == set(Arithmetic)
    exact = by_name[Arithmetic.FLOAT32]
    assert (exact.agreement, exact.largest_difference) == (1.0, 0.0)
    assert all(one.codes_per_s > 0 for one in found.measured)
    differences = [by_name[name].largest_difference for name in list(Arithmetic)[1:]]
    assert 0 < differences[0] < differences[1] < differences[2], "float16, bfloat16, int8"


def test_what_does_not_agree_is_not_chosen(found: calibration.Calibration) -> None:
    chosen = {one.arithmetic: one for one in found.measured}[found.decoder.arithmetic]
    assert chosen.agreement >= calibration.LEAST_AGREEMENT


def test_float32_weights_are_multiplied_in_full_and_float16_ones_as_they_are() -> None:
    generator = torch.Generator().manual_seed(1)
    weight = torch.randn(96, 64, generator=generator)
    x, bias = torch.randn(5, 64, generator=generator), torch.randn(96, generator=generator)
    for matrix in (weight, weight.half().float()):
        exact = x.double() @ matrix.double().T + bias.double()
        error = (product(matrix, bias)(x).double() - exact).abs().max()
        assert float(error) < 1e-5
    halves = product(weight.half().float(), bias)
    assert isinstance(halves, Halves)
    assert halves.nbytes == 2 * weight.numel()


def test_a_large_input_in_one_row_does_not_blur_another_in_int8() -> None:
    weight = torch.eye(32)
    x = torch.stack([torch.full((32,), 1000.0), torch.linspace(-1, 1, 32)])
    out = Int8(weight, None)(x)
    torch.testing.assert_close(out[1], x[1], rtol=0, atol=0.01)


@pytest.mark.parametrize("arithmetic", Arithmetic)
@pytest.mark.parametrize("inputs", [64, 512, 2048])
def test_a_rows_product_does_not_depend_on_the_rows_beside_it(
    arithmetic: Arithmetic, inputs: int
) -> None:
    generator = torch.Generator().manual_seed(inputs)
    weight = torch.randn(48, inputs, generator=generator)
    multiply = product(weight, None, arithmetic)
    x = torch.randn(9, inputs, generator=generator)
    together = multiply(x)
    for count in (1, 2, 3, 4, 7):
        for first in (0, 2):
            assert torch.equal(multiply(x[first : first + count]), together[first : first + count])


def test_short_arithmetic_agrees_with_float32_on_trained_weights() -> None:
    agreed = list(agreement(BaseModel.open(STARTER), sentences=1))
    assert len(agreed) == len(Arithmetic)
    assert all(90 < figure.value <= 100 for figure in agreed)
