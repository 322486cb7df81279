"""`python -m training`: makes a voice or a base on this machine, what they need, or an estimate."""

import argparse
import json
import signal
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

from synthesis.errors import EngineError, Stopped
from training import base_commands, finetune, preflight
from training.config import PRESETS, FinetuneConfig, Precision, preset_for
from training.corpus import commands as corpus_commands
from training.evaluation import commands as evaluation_commands
from training.prepare import commands as prepare_commands
from training.prepare.manifest import DatasetError, read_dataset
from training.pretrain import commands as pretrain_commands
from training.progress import Progress
from training.settings import BadSetting, change, parse
from training.tracking import MlflowTracker, NullTracker, Tracker

STOPPED = 130
REFUSED = 2


def main(arguments: list[str] | None = None) -> int:
    """Parse, do, and print the result as JSON; progress goes to stderr."""
    options = _parser().parse_args(arguments)
    try:
        found = options.do(options)
    except Stopped as stopped:
        print(stopped.message, file=sys.stderr)
        return STOPPED
    except (EngineError, DatasetError, BadSetting) as error:
        print(error, file=sys.stderr)
        return REFUSED
    except OSError as error:
        # Most often a path that somebody mistyped, may not write to, or has no room on.
        if error.filename is None:
            raise
        print(f"{error.filename}: {error.strerror}. Name another path.", file=sys.stderr)
        return REFUSED
    print(json.dumps(found, ensure_ascii=False, indent=2))
    return 0


def _finetune(options: argparse.Namespace) -> dict[str, Any]:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    result = finetune.run(
        _config(options),
        dataset_dir=options.dataset,
        base_dir=options.base,
        work_dir=options.work or options.out.with_name(f"{options.out.name}.work"),
        out_dir=options.out,
        voice_dir=options.voice,
        against_dir=options.against,
        on_progress=_print_progress,
        should_stop=stop.is_set,
        tracker=_tracker(options),
    )
    if not result.base_speaks:
        print("The base was never trained: the voice makes sound, not speech.", file=sys.stderr)
    return result.as_dict()


def _estimate(options: argparse.Namespace) -> dict[str, Any]:
    found = preflight.estimate(_config(options), dataset_dir=options.dataset, base_dir=options.base)
    return found.as_dict()


def _parser() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--dataset", type=Path, required=True, help="frozen dataset folder")
    shared.add_argument("--base", type=Path, required=True, help="base model folder")
    shared.add_argument("--preset", choices=sorted(PRESETS), help="by minutes of audio if absent")
    shared.add_argument("--seed", type=int, default=1234)
    shared.add_argument("--device", default="cpu")
    shared.add_argument("--precision", choices=list(Precision), default=Precision.AUTO.value)
    shared.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="change a setting of the preset, such as semantic.lora_rank=8; may be repeated",
    )
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    commands = parser.add_subparsers(required=True)
    make = commands.add_parser("finetune", parents=[shared], help="make a voice from a dataset")
    make.add_argument("--out", type=Path, required=True, help="becomes the voice bundle")
    make.add_argument("--voice", type=Path, help="a voice of the same base, to go on from")
    make.add_argument("--against", type=Path, help="the voice in use, to compare the new one with")
    make.add_argument("--work", type=Path, help="checkpoints; OUT.work by default")
    make.add_argument("--mlflow", help="tracking address, such as sqlite:///var/mlflow.db")
    make.set_defaults(do=_finetune)
    say = commands.add_parser("estimate", parents=[shared], help="say what a fine-tune will cost")
    say.set_defaults(do=_estimate)
    prepare_commands.add_commands(commands)
    base_commands.add_commands(commands)
    corpus_commands.add_commands(commands)
    evaluation_commands.add_commands(commands)
    pretrain_commands.add_commands(commands)
    return parser


def _config(options: argparse.Namespace) -> FinetuneConfig:
    if options.preset:
        config = PRESETS[options.preset]
    else:
        config = preset_for(read_dataset(options.dataset).duration_ms)
    precision = Precision(options.precision)
    config = replace(config, seed=options.seed, device=options.device, precision=precision)
    return change(config, parse(options.set))


def _tracker(options: argparse.Namespace) -> Tracker:
    return MlflowTracker(options.mlflow, experiment="finetune") if options.mlflow else NullTracker()


def _print_progress(progress: Progress) -> None:
    eta = "" if progress.eta_s is None else f", {progress.eta_s:.0f} s left"
    numbers = " ".join(f"{key}={value:.4g}" for key, value in progress.metrics.items())
    print(f"{progress.stage} {progress.done}/{progress.total}{eta} {numbers}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
