"""The two learning stages of a fine-tune, prepared alike and run by the one loop."""

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import torch
from safetensors.torch import load_file

from synthesis.models.semantic import SemanticModel
from synthesis.models.vits import AcousticModel
from training import loop, low_rank
from training.acoustic import AcousticBatch, AcousticTrainer, SpectralTrainer
from training.config import AcousticSettings, FinetuneConfig, SemanticSettings
from training.data import Item, collate_acoustic, collate_semantic, read_features
from training.device import on_device
from training.milestones import Milestones, hold_out
from training.order import Arrange, Order, arrange_acoustic, arrange_by_budget, arrange_semantic
from training.progress import OnProgress, ShouldStop
from training.recompute import heavy_parts_of_acoustic, heavy_parts_of_semantic, recompute
from training.semantic import SemanticBatch, SemanticTrainer
from training.start import Start
from training.tracking import Tracker

ACOUSTIC = "acoustic"
SEMANTIC = "semantic"

Batch = TypeVar("Batch", AcousticBatch, SemanticBatch)
Batch_contra = TypeVar("Batch_contra", contravariant=True)
Model = TypeVar("Model", AcousticModel, SemanticModel)


class StageTrainer(loop.Trainer[Batch_contra], Protocol[Batch_contra]):
    """A trainer that can also say how it does on what it does not learn from."""

    def held_out(self, batch: Batch_contra) -> float:
        """The loss of a batch, nothing learned and nothing drawn."""


@dataclass(frozen=True, kw_only=True)
class Stage(Generic[Batch, Model]):
    """A model about to learn: who trains it, on what in which order, and for how many steps."""

    name: str
    model: Model
    trainer: StageTrainer[Batch]
    order: Order
    collate: Callable[[Sequence[Item]], Batch]
    total_steps: int
    settings: AcousticSettings | SemanticSettings
    held_out: Sequence[Item] = ()

    @property
    def checkpoints(self) -> int:
        """How many will be kept to choose from, unless the stage ends early."""
        if self.settings.keep_epochs is None:
            return 1
        between = self.settings.keep_epochs * self.order.steps_per_epoch
        return math.ceil(self.total_steps / between) + self.settings.keep_start

    def batch_at(self, step: int) -> Batch:
        """Return the batch of a step, counted from 0."""
        return self.collate(self.order(step))

    def loss_of_held_out(self) -> float:
        """The mean loss of the clips that are not learned from."""
        size = self.settings.batch_size
        batches = [self.held_out[i : i + size] for i in range(0, len(self.held_out), size)]
        return statistics.fmean(self.trainer.held_out(self.collate(batch)) for batch in batches)


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What a stage needs beside itself: settings, where it is kept, and whom it tells."""

    config: FinetuneConfig
    work_dir: Path
    on_progress: OnProgress
    should_stop: ShouldStop
    tracker: Tracker


@dataclass(frozen=True, kw_only=True)
class Learned(Generic[Model]):
    """A model at the end of its stage: its steps, what the last one measured, what was kept.

    `held_out` is how many clips it was measured on and did not learn from.
    """

    model: Model
    steps: int
    metrics: dict[str, float]
    kept: Mapping[int, Path]
    held_out: int

    @property
    def checkpoints(self) -> tuple[int, ...]:
        """The numbers of steps at which the model can be had; at least the last."""
        return tuple(sorted(self.kept)) or (self.steps,)

    def at(self, steps: int) -> Model:
        """The model as it was after so many steps; it is one object, which changes."""
        if self.kept:
            self.model.load_state_dict(load_file(self.kept[steps]))
        return self.model


def run_stage(stage: Stage[Batch, Model], around: Surroundings) -> Learned[Model]:
    """Train to the end, from the stage's checkpoint if there is one."""
    keep, patience = stage.settings.keep_epochs, stage.settings.patience_epochs
    pace = stage.order.steps_per_epoch
    milestones = Milestones(
        stage=stage.name,
        folder=around.work_dir,
        model=stage.model,
        total_steps=stage.total_steps,
        keep_every_steps=keep and keep * pace,
        epoch_steps=pace,
        patience_epochs=patience,
        held_out=stage.loss_of_held_out if stage.held_out else None,
    )
    if stage.settings.keep_start:
        milestones.keep_start()
    steps, metrics = loop.run(
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
        after_step=milestones,
    )
    low_rank.merge(stage.model)
    stage.model.zero_grad(set_to_none=True)
    return Learned(
        model=stage.model.eval().cpu(),
        steps=steps,
        metrics=metrics,
        kept=milestones.kept(steps),
        held_out=len(stage.held_out),
    )


def acoustic_stage(
    start: Start, items: Sequence[Item], config: FinetuneConfig
) -> Stage[AcousticBatch, AcousticModel]:
    """Prepare to fine-tune the acoustic model on these clips."""
    settings = config.acoustic
    learned, held_out = hold_out(items, settings.patience_epochs)
    order = Order(learned, _arrangement(settings, arrange_acoustic), seed=config.seed)
    model = start.acoustic().to(config.device).train()
    if config.recompute:
        recompute(heavy_parts_of_acoustic(model))
    torch.manual_seed(config.seed)
    if settings.lora_rank:
        low_rank.adapt(model, settings.lora_rank)
    judges = start.discriminators()
    known: dict[str, Any] = {
        "steps_per_epoch": order.steps_per_epoch,
        "precision": config.precision,
    }
    trainer: AcousticTrainer | SpectralTrainer = (
        AcousticTrainer(model, judges.to(config.device), settings, **known)
        if judges
        else SpectralTrainer(model, settings, listener=start.listener().to(config.device), **known)
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
        settings=settings,
        held_out=held_out,
    )


def semantic_stage(
    start: Start, items: Sequence[Item], config: FinetuneConfig
) -> Stage[SemanticBatch, SemanticModel]:
    """Prepare to fine-tune the semantic model on these clips."""
    settings = config.semantic
    learned, held_out = hold_out(items, settings.patience_epochs)
    order = Order(learned, _arrangement(_halved(settings), arrange_semantic), seed=config.seed)
    total_steps = _total(order, settings)
    model = start.semantic().to(config.device).train()
    if config.recompute:
        recompute(heavy_parts_of_semantic(model))
    torch.manual_seed(config.seed)
    if settings.lora_rank:
        low_rank.adapt(model, settings.lora_rank)
    trainer = SemanticTrainer(model, settings, total_steps=total_steps, precision=config.precision)

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
        settings=settings,
        held_out=held_out,
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
