"""Low-rank adaptation learns, stays narrow, and leaves a plain model behind."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from synthesis.bundles.base import BaseModel
from tests.training.test_stages import CONFIG, STAGES, train
from training import low_rank
from training.data import Item

RANK = 4


@pytest.mark.parametrize("stage", STAGES)
def test_only_larger_matrices_change_and_only_by_the_rank(
    stage: str, base: BaseModel, items: Sequence[Item], tmp_path: Path
) -> None:
    narrow = replace(
        CONFIG,
        acoustic=replace(CONFIG.acoustic, max_steps=2, lora_rank=RANK),
        semantic=replace(CONFIG.semantic, max_steps=2, lora_rank=RANK, accumulate=1),
    )
    before = (base.acoustic() if stage == "acoustic" else base.semantic()).state_dict()
    after, _ = train(stage, base, items, tmp_path, config=narrow)
    assert after.keys() == before.keys()
    changed = [name for name in before if not torch.equal(before[name], after[name])]
    assert len(changed) > 10
    for name in changed:
        difference = (after[name] - before[name]).flatten(1)
        strengths = torch.linalg.svdvals(difference)
        assert strengths[RANK] < 1e-3 * strengths[0], name


def test_the_additions_learn_one_batch(
    base: BaseModel, items: Sequence[Item], tmp_path: Path
) -> None:
    narrow = replace(CONFIG.semantic, max_steps=12, lora_rank=RANK, accumulate=1, lora_rate=5e-3)
    config = replace(CONFIG, semantic=narrow)
    _, reports = train("semantic", base, items[:1], tmp_path, config=config)
    assert reports[-1].metrics["loss"] < 0.8 * reports[0].metrics["loss"]


def test_adapting_leaves_little_to_learn_and_merging_nothing_behind(base: BaseModel) -> None:
    model = base.semantic()
    names = set(model.state_dict())
    whole = sum(p.numel() for p in model.parameters())
    additions = low_rank.adapt(model, RANK)
    learned = [p for p in model.parameters() if p.requires_grad]
    assert {id(p) for p in learned} == {id(p) for p in additions}
    assert sum(p.numel() for p in learned) < whole / 10
    low_rank.merge(model)
    assert set(model.state_dict()) == names
