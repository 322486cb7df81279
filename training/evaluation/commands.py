"""`python -m training evaluate …`: scores voices, chooses the best, and writes a report."""

import argparse
import sys
from pathlib import Path
from typing import Any

import soundfile

from synthesis import audio
from synthesis.bundles.base import BaseModel
from synthesis.errors import BadReference
from training.evaluation.scoring import Recording


def add_commands(commands: Any) -> None:
    """Add `evaluate` to the training program."""
    make: argparse.ArgumentParser = commands.add_parser("evaluate", help="score voices")
    make.add_argument("voices", type=Path, nargs="+", help="bundles, such as kept checkpoints")
    make.add_argument("--base", type=Path, required=True, help="base model folder, with judges")
    make.add_argument("--recording", type=Path, help="WAV of the speaker; else the reference clip")
    make.add_argument("--against", type=Path, help="the voice in use, to compare with")
    make.add_argument("--curves", type=Path, help="folder with curves of training, *.jsonl")
    make.add_argument("--out", type=Path, required=True, help="folder for the report")
    make.set_defaults(do=_evaluate)


def _evaluate(options: argparse.Namespace) -> dict[str, Any]:
    # The models take seconds to import, and most sub-commands need none of them.
    from training.evaluation.page import curves_of, write_report
    from training.evaluation.report import evaluate

    report = evaluate(
        options.voices,
        base=BaseModel.open(options.base),
        recording=_recording(options.recording) if options.recording else None,
        against=options.against,
        on_sentence=_print_progress,
    )
    page, scores = write_report(report, options.out, curves_of(options.curves))
    return {
        "best": report.best.name,
        "worse_than_before": [fall.text for fall in report.falls],
        "page": str(page),
        "scores": str(scores),
    }


def _recording(path: Path) -> Recording:
    try:
        return audio.read_mono(path)
    except soundfile.LibsndfileError as error:
        raise BadReference(f"{path} cannot be read as WAV or FLAC: {error}") from error


def _print_progress(voice: str, done: int, total: int) -> None:
    sys.stderr.write(f"{voice} {done}/{total}\n")
