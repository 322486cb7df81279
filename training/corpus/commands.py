"""`python -m training corpus …`: makes a speech corpus on this machine."""

import argparse
import sys
from pathlib import Path
from typing import Any

from training.corpus import espeak
from training.corpus.texts import same_text
from training.evaluation.sentences import all_texts


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `corpus` to the training program."""
    corpus = commands.add_parser("corpus", help="make a synthetic speech corpus")
    sources = corpus.add_subparsers(required=True)
    make = sources.add_parser("espeak", help="with eSpeak NG, and exact phone times")
    make.add_argument("--out", type=Path, required=True, help="folder that does not exist yet")
    make.add_argument("--utterances", type=int, default=12_000)
    make.add_argument("--seed", type=int, default=7)
    make.add_argument("--processes", type=int, help="as many as there are processors if absent")
    make.set_defaults(do=_espeak)


def _espeak(options: argparse.Namespace) -> dict[str, Any]:
    return espeak.make(
        options.out,
        utterances=options.utterances,
        seed=options.seed,
        processes=options.processes,
        without=frozenset(map(same_text, all_texts())),
        on_progress=_print_progress,
    )


def _print_progress(done: int, total: int) -> None:
    if done == total or done % 1000 == 0:
        sys.stderr.write(f"{done}/{total} utterances\n")
