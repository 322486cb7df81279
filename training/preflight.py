"""Says before a fine-tune how long it will take and how much memory it needs on this machine.

Nothing is guessed: a child process extracts a few clips, takes real steps, on the largest batch for
memory and on a usual one for time, lets the voice it began with say a few sentences, and reports
its own peak. `python -m training.preflight` is that child.
"""

import argparse
import json
import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from synthesis import audio
from synthesis.bundles.base import BaseModel
from synthesis.errors import EngineError, Stopped
from training.candidates import STAGE as EVALUATION
from training.config import FinetuneConfig
from training.data import FRAMES_PER_S, Dropped, Item, acoustic_items, semantic_items
from training.evaluation.report import Trial
from training.evaluation.scoring import report_lines
from training.features import extract_all
from training.memory import available_bytes, peak_bytes
from training.order import Order
from training.prepare.manifest import DatasetError, Manifest, ManifestClip, read_dataset
from training.progress import ShouldStop
from training.stages import (
    Batch,
    Model,
    Stage,
    acoustic_stage,
    semantic_stage,
)
from training.start import Start
from training.voice import choose_references, write_voice

REFUSED = 2
TIME_LIMIT_S = 900
POLL_S = 0.5
TRIAL_SENTENCES = 3
STAGES: tuple[Callable[..., Stage[Any, Any]], ...] = (acoustic_stage, semantic_stage)
SORTING = (acoustic_items, semantic_items)
# What is spoken in a second, of clips that nobody has read yet.
USUAL_PHONES_PER_S = 10


class CannotEstimate(EngineError):
    """The trial steps failed; the message says how."""

    code = "cannot_estimate"


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What a fine-tune will cost here: seconds and steps by stage, and the peak of its memory.

    `available_bytes` is what the machine could give when it was asked.
    """

    seconds: dict[str, float]
    steps: dict[str, int]
    peak_bytes: int
    available_bytes: int

    @property
    def total_s(self) -> float:
        """All stages together."""
        return sum(self.seconds.values())

    @property
    def fits(self) -> bool:
        """Whether there is memory enough."""
        return self.peak_bytes <= self.available_bytes

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON, with what follows from them."""
        return {**asdict(self), "total_s": self.total_s, "fits": self.fits}


@dataclass(frozen=True, kw_only=True)
class _Sample:
    """The clips of a stage's batch of usual size, and of its largest."""

    usual: Sequence[str]
    largest: Sequence[str]

    @classmethod
    def of(cls, order: Order) -> "_Sample":
        """From the batches of the first epoch."""
        batches = [order(step) for step in range(order.steps_per_epoch)]
        batches.sort(key=lambda batch: len(batch) * max(item.frames for item in batch))
        usual, largest = batches[len(batches) // 2], batches[-1]
        return cls(usual=[item.clip for item in usual], largest=[item.clip for item in largest])


@dataclass(frozen=True, kw_only=True)
class _Pace:
    """How long a stage's step takes, how many there will be, and how many checkpoints of them."""

    step_s: float
    steps: int
    checkpoints: int


def estimate(
    config: FinetuneConfig,
    *,
    dataset_dir: Path,
    base_dir: Path,
    cache: Path | None = None,
    should_stop: ShouldStop = lambda: False,
) -> Estimate:
    """Measure a few steps in a child process.

    Args:
        cache: keeps the features of the clips that were tried, for the fine-tune to find.

    Raises:
        CannotEstimate: the child failed, was ended for its memory, or took too long.
        Stopped: `should_stop` said so.
    """
    command = [sys.executable, "-m", "training.preflight", "--config", json.dumps(config.as_dict())]
    command += ["--dataset", str(dataset_dir), "--base", str(base_dir)]
    command += ["--cache", str(cache)] if cache else []
    # Before the trial itself takes some.
    available = available_bytes()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        said, complaint = _heard(child, should_stop)
    if child.returncode != 0:
        lines = complaint.strip().splitlines() or ["the system ended it, for memory perhaps"]
        raise CannotEstimate(f"The trial steps failed: {lines[-1]}")
    found = json.loads(said.splitlines()[-1])
    return replace(Estimate(**found), available_bytes=available)


def _heard(child: subprocess.Popen[str], should_stop: ShouldStop) -> tuple[str, str]:
    """What the child wrote until its end; it is ended early where nobody waits for it any more."""
    until_s = time.monotonic() + TIME_LIMIT_S
    while True:
        try:
            return child.communicate(timeout=POLL_S)
        except subprocess.TimeoutExpired:
            if should_stop():
                child.kill()
                raise Stopped(
                    "The estimate was stopped; ask for it again.", data={"stage": "estimate"}
                ) from None
            if time.monotonic() > until_s:
                child.kill()
                raise CannotEstimate(
                    f"Three steps of each stage took over {TIME_LIMIT_S // 60} minutes on this"
                    " machine."
                ) from None


def measure(
    config: FinetuneConfig, *, dataset_dir: Path, base_dir: Path, cache: Path | None = None
) -> Estimate:
    """Take the trial steps in this process, whose peak memory is what is reported."""
    start, dataset = Start.open(base_dir, None), read_dataset(dataset_dir)
    with tempfile.TemporaryDirectory(prefix="preflight-") as folder:
        cache = cache or Path(folder)
        planned = [_planned(clip) for clip in dataset.clips]
        plans = [_usable(planned, sort_out) for sort_out in SORTING]
        samples = [
            _Sample.of(prepare(start, plan, config).order)
            for prepare, plan in zip(STAGES, plans, strict=True)
        ]
        wanted = {clip for sample in samples for clip in (*sample.usual, *sample.largest)}
        trial = [clip for clip in dataset.clips if clip.sha256 in wanted]
        marks_s = [time.perf_counter()]
        items = _extracted(trial, dataset_dir, start.base, cache, marks_s)
        paces: dict[str, _Pace] = {}
        models = []  # of earlier stages, which the run holds, too
        for prepare, plan, sample in zip(STAGES, plans, samples, strict=True):
            stage = prepare(start, plan, config)
            paces[stage.name] = _pace(stage, sample, items)
            models.append(stage.model)
            del stage
        del models
        voices = math.prod(pace.checkpoints for pace in paces.values())
        evaluation_s = voices * _voice_s(config, start, dataset, dataset_dir, Path(folder))
    # The first clip also waits for the networks to be read.
    start_s, first_s, *_, last_s = (*marks_s, marks_s[-1])
    per_clip_s = (last_s - first_s) / max(1, len(trial) - 1)
    seconds = {"features": first_s - start_s + per_clip_s * (len(dataset.clips) - 1)}
    seconds |= {stage: pace.step_s * pace.steps for stage, pace in paces.items()}
    seconds |= {EVALUATION: evaluation_s} if config.sentences != 0 else {}
    return Estimate(
        seconds=seconds,
        steps={stage: pace.steps for stage, pace in paces.items()},
        peak_bytes=peak_bytes(),
        available_bytes=available_bytes(),
    )


def _extracted(
    clips: Sequence[ManifestClip],
    dataset_dir: Path,
    base: BaseModel,
    cache: Path,
    marks_s: list[float],
) -> dict[str, Item]:
    """Extract, noting in `marks_s` when each clip was done."""
    extracted = extract_all(
        clips,
        dataset_dir,
        base,
        cache,
        on_progress=lambda _: marks_s.append(time.perf_counter()),
        should_stop=lambda: False,
    )
    if not extracted.items:
        reasons = sorted({entry.reason for entry in extracted.dropped})
        raise CannotEstimate(f"No clip can be used: {'; '.join(reasons)}.")
    return {item.clip: item for item in extracted.items}


def _planned(clip: ManifestClip) -> Item:
    """A clip as batches are planned for it, of which only the length must be true."""
    frames = clip.duration_ms * audio.SAMPLE_RATE_HZ // (1000 * audio.HOP)
    return Item(
        clip=clip.sha256,
        path=Path(),
        frames=frames,
        phones=frames * USUAL_PHONES_PER_S // FRAMES_PER_S,
        codes=frames // 2,
    )


def _usable(
    planned: Sequence[Item],
    sort_out: Callable[[Iterable[Item]], tuple[list[Item], list[Dropped]]],
) -> list[Item]:
    usable, dropped = sort_out(planned)
    if not usable:
        reasons = sorted({entry.reason for entry in dropped})
        raise CannotEstimate(f"No clip can be used: {'; '.join(reasons)}.")
    return usable


def _pace(stage: Stage[Batch, Model], sample: _Sample, items: Mapping[str, Item]) -> _Pace:
    """Time a usual step, after the largest has filled every buffer.

    The first step of all makes the optimiser's memory, so that the largest comes on top of it.
    """
    usual, largest = (
        stage.collate([items[clip] for clip in clips if clip in items] or list(items.values())[:1])
        for clips in (sample.usual, sample.largest)
    )
    for batch in (usual, largest):
        stage.trainer.step(batch)
        stage.trainer.finish()
    started_s = time.perf_counter()
    stage.trainer.step(usual)
    return _Pace(
        step_s=time.perf_counter() - started_s,
        steps=stage.total_steps,
        checkpoints=stage.checkpoints,
    )


def _voice_s(
    config: FinetuneConfig, start: Start, dataset: Manifest, dataset_dir: Path, folder: Path
) -> float:
    """Time one pair of checkpoints: writing the voice, and saying every sentence that is scored."""
    if config.sentences == 0:
        return 0.0
    lines = report_lines(start.base.languages, config.sentences)
    marks_s = [time.perf_counter()]
    write_voice(
        folder / "voice",
        base=start.base,
        semantic=start.semantic(),
        acoustic=start.acoustic(),
        dataset_dir=dataset_dir,
        dataset_sha256=dataset.content_sha256,
        references=choose_references(dataset.clips),
        consent_ids=(),
        notes={},
    )
    Trial(
        base=start.base,
        lines=lines[:TRIAL_SENTENCES],
        on_sentence=lambda voice, done, total: marks_s.append(time.perf_counter()),
    ).score(folder / "voice")
    # The first sentence also waits for the networks to be read.
    start_s, first_s, last_s = marks_s[0], marks_s[1], marks_s[-1]
    per_line_s = (last_s - first_s) / max(1, len(marks_s) - 2)
    return first_s - start_s + per_line_s * (len(lines) - 1)


def main(arguments: list[str] | None = None) -> int:
    """Measure, and print the estimate as one line of JSON."""
    parser = argparse.ArgumentParser(prog="python -m training.preflight", description=__doc__)
    parser.add_argument("--config", required=True, help="a FinetuneConfig as JSON")
    parser.add_argument("--dataset", type=Path, required=True)
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--cache", type=Path)
    options = parser.parse_args(arguments)
    config = FinetuneConfig.from_dict(json.loads(options.config))
    try:
        found = measure(
            config, dataset_dir=options.dataset, base_dir=options.base, cache=options.cache
        )
    except (EngineError, DatasetError) as error:
        sys.stderr.write(f"{error}\n")
        return REFUSED
    sys.stdout.write(json.dumps(asdict(found)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
