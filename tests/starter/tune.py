"""`python -m tests.starter.tune BASE DATASET OUT`: the fine-tune that the card tells of."""

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path

from training import finetune
from training.config import PRESETS, FinetuneConfig, Schedule
from training.progress import Progress

ACOUSTIC_STEPS, SEMANTIC_STEPS = 100, 60
_MINUTE = PRESETS["minute"]
# Shorter than the preset, which learns and compares for longer than a card has patience.
CONFIG: FinetuneConfig = replace(
    _MINUTE,
    sentences=4,
    acoustic=replace(_MINUTE.acoustic, max_steps=ACOUSTIC_STEPS, keep_epochs=None),
    # The rates that the card's voices were made with.
    semantic=replace(
        _MINUTE.semantic,
        max_steps=SEMANTIC_STEPS,
        keep_epochs=3,
        schedule=Schedule.REFERENCE,
    ),
)


def main() -> int:
    """Learn from the dataset, and print the result as JSON; progress goes to stderr."""
    parser = argparse.ArgumentParser(prog="python -m tests.starter.tune", description=__doc__)
    parser.add_argument("base", type=Path, help="base model folder")
    parser.add_argument("dataset", type=Path, help="what `python -m tests.starter.dataset` made")
    parser.add_argument("out", type=Path, help="becomes the voice bundle")
    options = parser.parse_args()
    result = finetune.run(
        CONFIG,
        dataset_dir=options.dataset,
        base_dir=options.base,
        work_dir=options.out.with_name(f"{options.out.name}.work"),
        out_dir=options.out,
        on_progress=_print_progress,
    )
    print(json.dumps(result.as_dict(), ensure_ascii=False, indent=1))
    return 0


def _print_progress(progress: Progress) -> None:
    print(f"{progress.stage} {progress.done}/{progress.total}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
