"""Both learning stages: they learn, they resume exactly, they obey."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from synthesis.bundles.base import BaseModel
from synthesis.bundles.random_base import SIZES
from synthesis.errors import Stopped
from synthesis.models.vits import AcousticModel
from training.acoustic import AcousticTrainer, SpectralTrainer
from training.config import AcousticSettings, FinetuneConfig, Schedule, SemanticSettings
from training.data import Item, collate_acoustic, collate_semantic, read_features
from training.discriminators import DiscriminatorConfig, Discriminators
from training.loop import Diverged
from training.progress import Progress
from training.semantic import SemanticTrainer
from training.stages import (
    Surroundings,
    acoustic_stage,
    run_stage,
    semantic_stage,
)
from training.start import Start
from training.tracking import NullTracker

STAGES = ("acoustic", "semantic")
STEPS = 4
EPOCH = {"steps_per_epoch": 1}
CONFIG = FinetuneConfig(
    checkpoint_every_steps=2,
    acoustic=AcousticSettings(max_steps=STEPS, batch_size=1),
    semantic=SemanticSettings(max_steps=STEPS, accumulate=2),
)


def train(
    stage: str,
    base: BaseModel,
    items: Sequence[Item],
    work_dir: Path,
    *,
    config: FinetuneConfig = CONFIG,
    should_stop: Callable[[], bool] = lambda: False,
) -> tuple[dict[str, Any], list[Progress]]:
    """Run a stage; return its tensors and what it reported."""
    reports: list[Progress] = []
    around = Surroundings(
        config=config,
        work_dir=work_dir,
        on_progress=reports.append,
        should_stop=should_stop,
        tracker=NullTracker(),
    )
    if stage == "acoustic":
        acoustic = run_stage(acoustic_stage(Start(base=base), items, config), around).model
        return dict(acoustic.state_dict()), reports
    semantic = run_stage(semantic_stage(Start(base=base), items, config), around).model
    return dict(semantic.state_dict()), reports


def test_the_acoustic_stage_overfits_one_batch(base: BaseModel, items: Sequence[Item]) -> None:
    torch.manual_seed(0)
    settings = AcousticSettings(learning_rate=2e-3)
    model = base.acoustic().train()
    judges = Start(base=base).discriminators()
    assert judges is not None
    trainer = AcousticTrainer(model, judges, settings, steps_per_epoch=1)
    batch = collate_acoustic([read_features(item.path) for item in items[:1]])
    losses = [trainer.step(batch) for _ in range(7)]
    assert losses[-1]["mel"] < 0.75 * losses[0]["mel"]
    assert losses[-1]["kl"] < 0.75 * losses[0]["kl"]


@pytest.mark.parametrize("judged", [False, True])
def test_a_decoder_with_a_pitch_overfits_one_batch(
    base: BaseModel, items: Sequence[Item], *, judged: bool
) -> None:
    torch.manual_seed(0)
    _, config = SIZES["tiny"]
    config = replace(config, decoder="source_filter", decoder_blocks=1, log_magnitudes=True)
    settings = AcousticSettings(learning_rate=2e-3)
    model = AcousticModel(config)
    trainer = (
        AcousticTrainer(
            model, Discriminators(DiscriminatorConfig(channel_divisor=16)), settings, **EPOCH
        )
        if judged
        else SpectralTrainer(model, settings, listener=Start(base=base).listener(), **EPOCH)
    )
    batch = collate_acoustic([read_features(item.path) for item in items[:1]])
    losses = [trainer.step(batch) for _ in range(20)]
    for part in ("mel", "kl", "pitch"):
        assert losses[-1][part] < 0.85 * losses[0][part], part
    assert judged or losses[-1]["heard"] > 0, "a base's listener has its say where no judges have"


def test_the_semantic_stage_overfits_one_batch(base: BaseModel, items: Sequence[Item]) -> None:
    torch.manual_seed(0)
    settings = SemanticSettings(peak_rate=0.01, accumulate=1)
    trainer = SemanticTrainer(base.semantic().train(), settings, total_steps=30)
    chosen = items[:2]
    batch = collate_semantic(
        [read_features(item.path) for item in chosen],
        [item.codes for item in chosen],
        bert_width=base.semantic_config.bert_width,
        end_token=base.semantic_config.eos,
        preference=False,
    )
    losses = [trainer.step(batch) for _ in range(30)]
    assert losses[-1]["loss"] < 0.6 * losses[0]["loss"]
    assert losses[-1]["top3"] > losses[0]["top3"] + 0.2


@pytest.mark.parametrize("stage", STAGES)
def test_a_stopped_stage_resumes_as_if_it_had_not_stopped(
    stage: str, base: BaseModel, items: Sequence[Item], tmp_path: Path
) -> None:
    whole, reports = train(stage, base, items, tmp_path / "whole")
    asked = iter([False, False, False, True])
    with pytest.raises(Stopped) as stopped:
        train(stage, base, items, tmp_path / "cut", should_stop=lambda: next(asked))
    assert stopped.value.data == {"stage": stage, "done": 3, "total": STEPS}
    resumed, later = train(stage, base, items, tmp_path / "cut")

    assert [report.done for report in reports] == [1, 2, 3, 4]
    assert [report.done for report in later] == [4]
    for before, after in zip(reports[3:], later, strict=True):
        assert dict(after.metrics) == pytest.approx(dict(before.metrics), rel=1e-6)
    for name, tensor in whole.items():
        assert torch.equal(resumed[name], tensor), name


@pytest.mark.parametrize("stage", STAGES)
def test_equal_seeds_give_equal_models_and_other_seeds_others(
    stage: str, base: BaseModel, items: Sequence[Item], tmp_path: Path
) -> None:
    short = replace(
        CONFIG,
        acoustic=replace(CONFIG.acoustic, max_steps=1),
        semantic=replace(CONFIG.semantic, max_steps=2),
    )
    one, _ = train(stage, base, items, tmp_path / "1", config=short)
    two, _ = train(stage, base, items, tmp_path / "2", config=short)
    other, _ = train(stage, base, items, tmp_path / "3", config=replace(short, seed=7))
    assert all(torch.equal(one[name], two[name]) for name in one)
    assert any(not torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize("stage", STAGES)
def test_recomputing_changes_no_model(
    stage: str, base: BaseModel, items: Sequence[Item], tmp_path: Path
) -> None:
    short = replace(
        CONFIG,
        acoustic=replace(CONFIG.acoustic, max_steps=1),
        semantic=replace(CONFIG.semantic, max_steps=2),
    )
    plain, _ = train(stage, base, items, tmp_path / "plain", config=short)
    frugal, _ = train(
        stage, base, items, tmp_path / "frugal", config=replace(short, recompute=True)
    )
    assert plain.keys() == frugal.keys()
    assert all(torch.equal(plain[name], frugal[name]) for name in plain)


def test_gradients_left_over_at_the_end_are_used(
    base: BaseModel, items: Sequence[Item], tmp_path: Path
) -> None:
    few = replace(CONFIG, semantic=replace(CONFIG.semantic, max_steps=1, accumulate=4))
    after, _ = train("semantic", base, items, tmp_path, config=few)
    before = base.semantic().state_dict()
    assert any(not torch.equal(after[name], before[name]) for name in before)


def test_a_diverging_stage_says_so_and_keeps_the_checkpoint_before(
    base: BaseModel, items: Sequence[Item], tmp_path: Path
) -> None:
    hot = replace(CONFIG, semantic=SemanticSettings(max_steps=40, accumulate=1, peak_rate=1e30))
    with pytest.raises(Diverged, match="Lower the learning rate"):
        train("semantic", base, items, tmp_path, config=hot)


def test_progress_tells_what_is_left(
    base: BaseModel, items: Sequence[Item], tmp_path: Path
) -> None:
    _, reports = train("semantic", base, items, tmp_path)
    assert {report.total for report in reports} == {STEPS}
    assert all(report.eta_s is not None and report.eta_s >= 0 for report in reports)
    assert reports[-1].eta_s == 0
    assert set(reports[-1].metrics) == {"loss", "top3", "rate"}


def test_the_preference_option_trains_too(
    base: BaseModel, items: Sequence[Item], tmp_path: Path
) -> None:
    wanting = replace(CONFIG, semantic=replace(CONFIG.semantic, preference=True))
    _, reports = train("semantic", base, items, tmp_path, config=wanting)
    assert len(reports) == STEPS


def test_the_cosine_schedule_warms_up_and_falls(base: BaseModel) -> None:
    settings = SemanticSettings(schedule=Schedule.COSINE, accumulate=1, peak_rate=0.01)
    trainer = SemanticTrainer(base.semantic(), settings, total_steps=100)
    rates = []
    for trainer.updates in range(100):
        rates.append(trainer.rate())
    assert rates[0] == pytest.approx(0.001)
    assert max(rates) == pytest.approx(0.01)
    assert rates.index(max(rates)) in (9, 10)
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[-1] == pytest.approx(0.001, rel=0.1)


def test_the_published_schedule_moves_far_once_and_stays(base: BaseModel) -> None:
    settings = SemanticSettings(schedule=Schedule.REFERENCE, accumulate=1)
    trainer = SemanticTrainer(base.semantic(), settings, total_steps=100)
    rates = []
    for trainer.updates in range(100):
        rates.append(trainer.rate())
    assert rates == [0.01, *[0.002] * 99]


def test_a_stage_says_how_many_checkpoints_it_will_keep(
    base: BaseModel, items: Sequence[Item]
) -> None:
    def planned(**settings: Any) -> int:
        semantic = replace(CONFIG.semantic, **settings)
        return semantic_stage(
            Start(base=base), items, replace(CONFIG, semantic=semantic)
        ).checkpoints

    one_epoch = semantic_stage(Start(base=base), items, CONFIG).order.steps_per_epoch
    assert planned() == 1
    assert planned(max_steps=None, epochs=5, keep_epochs=2) == 3
    assert planned(max_steps=one_epoch, keep_epochs=1, keep_start=True) == 2
