"""`python -m tests.starter.schedules BASE DATASET UNHEARD`: which second-stage settings teach.

Every row fine-tunes on one dataset and is measured on another of the same voice, by the loss per
token under the mask that inference has: before the first step, at its best, and after the last.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from training.config import PRESETS, FinetuneConfig, Schedule, SemanticSettings, TextMask
from training.data import Item, semantic_items
from training.features import extract_all
from training.prepare.manifest import read_dataset
from training.semantic import batch_losses
from training.stages import semantic_stage
from training.start import Start

PUBLISHED = replace(
    PRESETS["minute"].semantic,
    schedule=Schedule.REFERENCE,
    text_mask=TextMask.REFERENCE,
    lora_rank=None,
)
HIDDEN = replace(PUBLISHED, text_mask=TextMask.CORRECT)
COSINE = replace(HIDDEN, schedule=Schedule.COSINE)
ROWS: dict[str, SemanticSettings] = {
    "as published": PUBLISHED,
    "as published, padding hidden": HIDDEN,
    "steady at 0.004, padding hidden": replace(HIDDEN, peak_rate=0.004),
    "cosine from 0.01": replace(COSINE, peak_rate=0.01),
    "cosine from 0.004": replace(COSINE, peak_rate=0.004),
    "cosine from 0.002": replace(COSINE, peak_rate=0.002),
    "rank 8, cosine from 0.003": replace(COSINE, lora_rank=8, lora_rate=3e-3),
    "rank 8, cosine from 0.001": replace(COSINE, lora_rank=8, lora_rate=1e-3),
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.starter.schedules", description=__doc__)
    parser.add_argument("base", type=Path)
    parser.add_argument("dataset", type=Path, help="what is learned from")
    parser.add_argument("unheard", type=Path, help="what is measured on")
    parser.add_argument("--epochs", type=int, default=PUBLISHED.epochs)
    parser.add_argument("--row", action="append", choices=list(ROWS), help="all if left out")
    options = parser.parse_args()
    start = Start.open(options.base, None)
    with tempfile.TemporaryDirectory() as cache:
        known, unheard = (
            _items(folder, start, Path(cache)) for folder in (options.dataset, options.unheard)
        )
        for name in options.row or ROWS:
            settings = replace(ROWS[name], epochs=options.epochs)
            losses = _losses(start, known, unheard, settings)
            best = min(losses)
            print(
                f"{name}: {losses[0]:.4f} before, {best:.4f} at best after epoch"
                f" {losses.index(best)}, {losses[-1]:.4f} after epoch {len(losses) - 1}",
                flush=True,
            )
    return 0


def _items(folder: Path, start: Start, cache: Path) -> Sequence[Item]:
    clips = read_dataset(folder).clips
    found = extract_all(
        clips, folder, start.base, cache, on_progress=lambda _: None, should_stop=lambda: False
    )
    return semantic_items(found.items)[0]


def _losses(
    start: Start, known: Sequence[Item], unheard: Sequence[Item], settings: SemanticSettings
) -> list[float]:
    """The loss on what is not learned from, before the first epoch and after each."""
    config = FinetuneConfig(semantic=replace(settings, patience_epochs=None))
    stage = semantic_stage(start, known, config)

    def loss() -> float:
        stage.model.eval()
        results = [
            batch_losses(stage.model, stage.collate([item]), TextMask.CORRECT) for item in unheard
        ]
        stage.model.train()
        return sum(r.total.item() for r in results) / sum(r.tokens for r in results)

    found = [loss()]
    for step in range(stage.total_steps):
        stage.trainer.step(stage.batch_at(step))
        if (step + 1) % stage.order.steps_per_epoch == 0:
            found.append(loss())
    return found


if __name__ == "__main__":
    sys.exit(main())
