"""`python -m training pretrain`: makes a base from nothing, or takes some of its stages."""

import argparse
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from training.pretrain.recipe import Recipe
from training.progress import Progress
from training.tracking import MlflowTracker, NullTracker, Tracker

TOLD_EVERY = 20


def add_commands(commands: Any) -> None:
    """Add the sub-command to a parser's commands."""
    make: argparse.ArgumentParser = commands.add_parser("pretrain", help="make a base from nothing")
    make.add_argument("recipe", type=Path, help="sizes and steps, in TOML")
    make.add_argument("--corpus", type=Path, required=True, help="as `training corpus` makes it")
    make.add_argument("--out", type=Path, required=True, help="becomes the base")
    make.add_argument("--work", type=Path, help="checkpoints and curves; OUT.work by default")
    make.add_argument("--stage", action="append", help="only this stage; may be repeated")
    make.add_argument("--mlflow", help="tracking address, such as sqlite:///var/mlflow.db")
    make.set_defaults(do=_pretrain)


def _pretrain(options: argparse.Namespace) -> dict[str, Any]:
    # The models take seconds to import, and most sub-commands need none of them.
    from training.pretrain.run import STAGES, Pretraining

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    work = options.work or options.out.with_name(f"{options.out.name}.work")
    work.mkdir(parents=True, exist_ok=True)
    tracker: Tracker = (
        MlflowTracker(options.mlflow, experiment="pretrain") if options.mlflow else NullTracker()
    )
    pretraining = Pretraining(
        recipe=Recipe.read(options.recipe),
        corpus=options.corpus,
        work=work,
        on_progress=_print_progress,
        should_stop=stop.is_set,
        tracker=tracker,
        names=options.stage or STAGES,
    )
    pretraining.run()
    if options.stage:
        return {"stages": options.stage, "work": str(work)}
    base = pretraining.assemble(options.out)
    return {"base": str(options.out), "sha256": base.sha256}


def _print_progress(progress: Progress) -> None:
    if progress.done % TOLD_EVERY and progress.done != progress.total:
        return
    left = "" if progress.eta_s is None else f", {progress.eta_s:.0f} s left"
    numbers = " ".join(f"{key}={value:.4g}" for key, value in progress.metrics.items())
    sys.stderr.write(f"{progress.stage} {progress.done}/{progress.total}{left} {numbers}\n")
