"""The two learning stages of a fine-tune, prepared alike and run by the one loop."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Generic, TypeVar

import torch

from synthesis.models.semantic import SemanticModel
from synthesis.models.vits import AcousticModel
from training import loop, low_rank
from training.acoustic import AcousticBatch, AcousticTrainer, SpectralTrainer
from training.config import AcousticSettings, FinetuneConfig, SemanticSettings
from training.data import Item, collate_acoustic, collate_semantic, on_device, read_features
from training.order import Arrange, Order, arrange_acoustic, arrange_by_budget, arrange_semantic
from training.progress import OnProgress, ShouldStop
from training.recompute import heavy_parts_of_acoustic, heavy_parts_of_semantic, recompute
from training.semantic import SemanticBatch, SemanticTrainer
from training.start import Start
from training.tracking import Tracker

ACOUSTIC = "acoustic"
SEMANTIC = "semantic"

Batch = TypeVar("Batch", AcousticBatch, SemanticBatch)
Model = TypeVar("Model", AcousticModel, SemanticModel)


@dataclass(frozen=True, kw_only=True)
class Stage(Generic[Batch, Model]):
    """A model about to learn: who trains it, on what in which order, and for how many steps."""

    name: str
    model: Model
    trainer: loop.Trainer[Batch]
    order: Order
    collate: Callable[[Sequence[Item]], Batch]
    total_steps: int

    def batch_at(self, step: int) -> Batch:
        """Return the batch of a step, counted from 0."""
        return self.collate(self.order(step))


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What a stage needs beside itself: settings, where it is kept, and whom it tells."""

    config: FinetuneConfig
    work_dir: Path
    on_progress: OnProgress
    should_stop: ShouldStop
    tracker: Tracker


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a stage ended: its number of steps, and what the last one measured."""

    steps: int
    metrics: dict[str, float]


def run_stage(stage: Stage[Batch, Model], around: Surroundings) -> tuple[Model, Outcome]:
    """Train to the end, from the stage's checkpoint if there is one; return the plain model."""
    metrics = loop.run(
        stage.trainer,
        stage.batch_at,
        loop.Schedule(
            stage=stage.name,
            total_steps=stage.total_steps,
            seed=around.config.seed,
            checkpoint=around.work_dir / f"{stage.name}.pt",
            checkpoint_every_steps=around.config.checkpoint_every_steps,
        ),
        on_progress=around.on_progress,
        should_stop=around.should_stop,
        tracker=around.tracker,
    )
    low_rank.merge(stage.model)
    stage.model.zero_grad(set_to_none=True)
    return stage.model.eval().cpu(), Outcome(steps=stage.total_steps, metrics=metrics)


def acoustic_stage(
    start: Start, items: Sequence[Item], config: FinetuneConfig
) -> Stage[AcousticBatch, AcousticModel]:
    """Prepare to fine-tune the acoustic model on these clips."""
    settings = config.acoustic
    order = Order(items, _arrangement(settings, arrange_acoustic), seed=config.seed)
    model = start.acoustic().to(config.device).train()
    if config.recompute:
        recompute(heavy_parts_of_acoustic(model))
    torch.manual_seed(config.seed)
    if settings.lora_rank:
        low_rank.adapt(model, settings.lora_rank)
    judges, pace = start.discriminators(), order.steps_per_epoch
    trainer: AcousticTrainer | SpectralTrainer = (
        AcousticTrainer(model, judges.to(config.device), settings, steps_per_epoch=pace)
        if judges
        else SpectralTrainer(model, settings, steps_per_epoch=pace)
    )

    def collate(chosen: Sequence[Item]) -> AcousticBatch:
        batch = collate_acoustic([read_features(item.path) for item in chosen])
        return on_device(batch, config.device)

    return Stage(
        name=ACOUSTIC,
        model=model,
        trainer=trainer,
        order=order,
        collate=collate,
        total_steps=_total(order, settings),
    )


def semantic_stage(
    start: Start, items: Sequence[Item], config: FinetuneConfig
) -> Stage[SemanticBatch, SemanticModel]:
    """Prepare to fine-tune the semantic model on these clips."""
    settings = config.semantic
    order = Order(items, _arrangement(_halved(settings), arrange_semantic), seed=config.seed)
    total_steps = _total(order, settings)
    model = start.semantic().to(config.device).train()
    if config.recompute:
        recompute(heavy_parts_of_semantic(model))
    torch.manual_seed(config.seed)
    if settings.lora_rank:
        low_rank.adapt(model, settings.lora_rank)
    trainer = SemanticTrainer(model, settings, total_steps=total_steps)

    def collate(chosen: Sequence[Item]) -> SemanticBatch:
        batch = collate_semantic(
            [read_features(item.path) for item in chosen],
            [item.codes for item in chosen],
            bert_width=model.config.bert_width,
            end_token=model.config.eos,
            preference=settings.preference,
        )
        return on_device(batch, config.device)

    return Stage(
        name=SEMANTIC,
        model=model,
        trainer=trainer,
        order=order,
        collate=collate,
        total_steps=total_steps,
    )


def _arrangement(
    settings: AcousticSettings | SemanticSettings, fixed: Callable[..., list[list[Item]]]
) -> Arrange:
    """Batches by budget when there is one, else the stage's own of a fixed size."""
    size = settings.batch_size
    if settings.batch_frames is None:
        return partial(fixed, batch_size=size)
    return partial(arrange_by_budget, batch_size=size, batch_frames=settings.batch_frames)


def _halved(settings: SemanticSettings) -> SemanticSettings:
    """The preference loss runs the model twice, so it takes half as much at once."""
    if not settings.preference:
        return settings
    frames = settings.batch_frames and settings.batch_frames // 2
    return replace(settings, batch_size=max(1, settings.batch_size // 2), batch_frames=frames)


def _total(order: Order, settings: AcousticSettings | SemanticSettings) -> int:
    steps = settings.epochs * order.steps_per_epoch
    return steps if settings.max_steps is None else min(steps, settings.max_steps)
