"""What a stage writes down, and when it ends early."""

from collections.abc import Iterator
from pathlib import Path

import torch
from torch import nn

from synthesis.bundles.weights import load_tensors
from training import low_rank
from training.data import Item
from training.milestones import Milestones, hold_out, read_curve


def _milestones(folder: Path, held_out: Iterator[float], model: nn.Module) -> Milestones:
    return Milestones(
        stage="acoustic",
        folder=folder,
        model=model,
        total_steps=20,
        keep_every_steps=4,
        epoch_steps=2,
        patience_epochs=2,
        held_out=lambda: next(held_out),
    )


def test_a_stage_ends_when_held_out_clips_get_no_better(tmp_path: Path) -> None:
    model = nn.Linear(4, 4)
    milestones = _milestones(tmp_path, iter([3.0, 2.0, 1.0, 1.5, 1.2]), model)
    went_on = [milestones(step, {"loss": 1.0 / step}) for step in range(1, 11)]
    assert went_on == [True] * 9 + [False]
    # The due ones, the best, and the last.
    assert list(milestones.kept(10)) == [4, 6, 8, 10]
    curve = read_curve(tmp_path / "curves" / "acoustic.jsonl")
    assert curve[6] == {"loss": 1 / 6, "held_out": 1.0}
    assert len(curve) == 10


def test_the_model_before_the_first_step_can_be_had_too(tmp_path: Path) -> None:
    model = nn.Linear(4, 4)
    before = model.weight.detach().half().float().clone()
    milestones = _milestones(tmp_path, iter([]), model)
    milestones.keep_start()
    with torch.no_grad():
        model.weight.zero_()
    # A resumed stage asks again, with a model that has learned since.
    milestones.keep_start()
    assert torch.equal(load_tensors(milestones.kept(4)[0])["weight"].float(), before)


def test_a_resumed_stage_remembers_what_came_before_its_checkpoint(tmp_path: Path) -> None:
    model = nn.Linear(4, 4)
    first = _milestones(tmp_path, iter([1.0, 2.0, 3.0]), model)
    assert [first(step, {}) for step in (1, 2, 3, 4)] == [True] * 4
    with (tmp_path / "curves" / "acoustic.jsonl").open("a") as file:
        file.write('{"step": 5, "lo\n')
    # It was killed at step 5, and its checkpoint is of step 3.
    second = _milestones(tmp_path, iter([2.0, 3.0]), model)
    assert [second(step, {}) for step in (4, 5, 6)] == [True, True, False]
    assert list(second.kept(6)) == [2, 4, 6]


def test_a_checkpoint_of_a_low_rank_stage_has_the_plain_tensors(tmp_path: Path) -> None:
    model = nn.Linear(16, 16)
    names = set(model.state_dict())
    low_rank.adapt(model, 2)
    milestones = _milestones(tmp_path, iter([]), model)
    with torch.no_grad():
        model.parametrizations.weight[0].b_or.fill_(1.0)  # type: ignore[union-attr, index]
    milestones(1, {})
    milestones._keep(4)
    kept = load_tensors(milestones.kept(4)[4])
    assert set(kept) == names
    torch.testing.assert_close(kept["weight"], model.weight.detach(), rtol=1e-2, atol=1e-2)


def test_few_clips_are_all_learned_from() -> None:
    def items(count: int) -> list[Item]:
        return [
            Item(clip=f"{number:02}", path=Path("x"), frames=100, phones=10, codes=50)
            for number in range(count)
        ]

    assert hold_out(items(19), 2) == (items(19), ())
    assert hold_out(items(40), None) == (items(40), ())
    learned, held = hold_out(items(40), 2)
    assert len(held) == 4
    assert sorted((*learned, *held), key=lambda item: item.clip) == items(40)
