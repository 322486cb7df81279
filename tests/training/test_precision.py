"""Products in sixteen bits: close to the full ones, and only where they were asked for."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
import torch

from synthesis.bundles.base import BaseModel
from tests.training.runs import CONFIG
from training.config import Precision
from training.data import Item
from training.precision import Numbers
from training.stages import ACOUSTIC, SEMANTIC, acoustic_stage, semantic_stage
from training.start import Start


@pytest.mark.parametrize("stage", [ACOUSTIC, SEMANTIC])
def test_a_step_in_sixteen_bits_measures_nearly_the_same(
    stage: str, base: BaseModel, items: Sequence[Item]
) -> None:
    def first_step(precision: Precision) -> dict[str, float]:
        config = replace(CONFIG, precision=precision)
        prepare: Any = acoustic_stage if stage == ACOUSTIC else semantic_stage
        prepared = prepare(Start(base=base), items, config)
        torch.manual_seed(1)
        found: dict[str, float] = prepared.trainer.step(prepared.batch_at(0))
        assert {p.dtype for p in prepared.model.parameters()} == {torch.float32}
        return found

    full, half = first_step(Precision.AUTO), first_step(Precision.BFLOAT16)
    assert half["loss"] == pytest.approx(full["loss"], rel=0.05)
    assert half["loss"] != full["loss"]


def test_an_overflow_moves_nothing_and_is_scaled_less_the_next_time() -> None:
    numbers = Numbers(torch.device("cpu"), Precision.FLOAT16)
    weight = torch.nn.Parameter(torch.ones(3))
    optimizer = torch.optim.SGD([weight], lr=0.1)
    before = numbers.state_dict()["scale"]
    for loss, moved in ((weight.sum() * float("inf"), False), (weight.sum(), True)):
        optimizer.zero_grad()
        numbers.backward(loss)
        numbers.move(optimizer)
        numbers.settle()
        assert bool((weight != 1).all()) is moved
    assert numbers.state_dict()["scale"] == before / 2
    assert weight.tolist() == pytest.approx([0.9] * 3)
