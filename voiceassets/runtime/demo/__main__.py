"""`python -m voiceassets.runtime demo`: tells the story and exits 0 only if every step held."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from contextlib import suppress
from pathlib import Path

from voiceassets.runtime.demo import capture, speaking, withdrawal
from voiceassets.runtime.demo.ledger import Ledger, Step, StoryBroken
from voiceassets.runtime.demo.memory import MemoryWatch
from voiceassets.runtime.demo.stage import Sample, Stage
from voiceassets.runtime.errors import StartError
from voiceassets.runtime.layout import ROOT, base_folder, default_var
from voiceassets.runtime.stack import Stack

SAMPLES = ROOT / "tests" / "data"
NOT_SPEECH = "The base model was never trained: the sound is not speech."


def main(argv: list[str]) -> int:
    options = _parser().parse_args(argv)
    out = default_var() / "demo"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    stack = Stack(out / "stack")
    stage = Stage(
        stack=stack,
        ledger=Ledger(),
        out=out,
        main=_main_sample(options),
        video=Sample(recording=SAMPLES / "short_video.mp4", transcript=SAMPLES / "short_video.srt"),
        noisy=Sample(recording=SAMPLES / "noisy.mp3", transcript=SAMPLES / "noisy.srt"),
    )
    print("Voice Assets, from recording to audit:", flush=True)
    with MemoryWatch() as memory:
        with suppress(StoryBroken):
            _tell(stage)
        stack.stop()
    base = _base()
    peak_mb = round(memory.peak_bytes / 1024**2)
    stage.ledger.write(out / "report.json", peak_memory_mb=peak_mb, base=base)
    print(f"\n{'Every step held' if stage.ledger.ok else 'A step did not hold'}. ", end="")
    print(f"Peak memory of all processes together: {peak_mb} MB. Report and audio: {out}")
    if not base.get("speech"):
        print(NOT_SPEECH)
    return 0 if stage.ledger.ok else 1


def _tell(stage: Stage) -> None:
    def start(step: Step) -> None:
        try:
            stage.stack.__enter__()
        except StartError as error:
            raise RuntimeError(f"the stack does not start: {error}") from error
        stage.admit_people()
        step.detail = f"{stage.stack.url}: " + ", ".join(p.name for p in stage.people.values())

    stage.ledger.take("the stack starts; two companies and their people", start)
    for chapter in (capture, speaking, withdrawal):
        chapter.tell(stage)


def _main_sample(options: argparse.Namespace) -> Sample:
    if options.recording is None:
        return Sample(
            recording=SAMPLES / "speaker_60s.flac", transcript=SAMPLES / "speaker_60s.srt"
        )
    return Sample(
        recording=options.recording, transcript=options.transcript, language=options.language
    )


def _base() -> dict[str, object]:
    """What the base model says of itself."""
    content = json.loads((base_folder() / "base.json").read_text(encoding="utf-8"))
    return {"name": content.get("name"), "speech": content.get("speech")}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--recording", type=Path, help="a recording of your own, a minute or more")
    parser.add_argument("--transcript", type=Path, help="its text: .srt, .list, .csv or .txt")
    parser.add_argument("--language", default="zh", help="what is spoken in it (default zh)")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
