"""Says before a fine-tune how long it will take and how much memory it needs on this machine.

Nothing is guessed: a child process extracts a few clips, takes real steps, on the longest clips
for memory and on usual ones for time, lets the voice it began with say a few sentences, and reports
its own peak. `python -m training.preflight` is
that child.
"""

import argparse
import json
import math
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from synthesis import audio
from synthesis.bundles.base import BaseModel
from synthesis.errors import EngineError
from training.candidates import STAGE as EVALUATION
from training.config import FinetuneConfig
from training.data import Item
from training.evaluation.report import Trial
from training.evaluation.scoring import report_lines
from training.features import extract_all
from training.prepare.manifest import Manifest, ManifestClip, read_dataset
from training.stages import (
    ACOUSTIC,
    SEMANTIC,
    Batch,
    Model,
    Stage,
    acoustic_stage,
    semantic_stage,
)
from training.start import Start
from training.voice import choose_references, write_voice

TIME_LIMIT_S = 900
TRIAL_SENTENCES = 3
BYTES_PER_KIB = 1024


class CannotEstimate(EngineError):
    """The trial steps failed; the message says how."""

    code = "cannot_estimate"


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What a fine-tune will cost here: seconds and steps by stage, and the peak of its memory."""

    seconds: dict[str, float]
    steps: dict[str, int]
    peak_bytes: int

    @property
    def total_s(self) -> float:
        """All stages together."""
        return sum(self.seconds.values())


@dataclass(frozen=True, kw_only=True)
class _Sample:
    """All clips as they are planned for, and the extracted ones of usual and of greatest length."""

    everything: Sequence[Item]
    usual: Sequence[Item]
    longest: Sequence[Item]


@dataclass(frozen=True, kw_only=True)
class _Pace:
    """How long a stage's step takes, how many there will be, and how many checkpoints of them."""

    step_s: float
    steps: int
    checkpoints: int


def estimate(config: FinetuneConfig, *, dataset_dir: Path, base_dir: Path) -> Estimate:
    """Measure a few steps in a child process.

    Raises:
        CannotEstimate: the child failed, was ended for its memory, or took too long.
    """
    command = [sys.executable, "-m", "training.preflight", "--config", json.dumps(config.as_dict())]
    command += ["--dataset", str(dataset_dir), "--base", str(base_dir)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=TIME_LIMIT_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise CannotEstimate(
            f"Two steps of each stage took over {TIME_LIMIT_S // 60} minutes on this machine."
        ) from error
    if done.returncode != 0:
        said = done.stderr.strip().splitlines() or ["the system ended it, for memory perhaps"]
        raise CannotEstimate(f"The trial steps failed: {said[-1]}")
    return Estimate(**json.loads(done.stdout.splitlines()[-1]))


def measure(config: FinetuneConfig, *, dataset_dir: Path, base_dir: Path) -> Estimate:
    """Take the trial steps in this process, whose peak memory is what is reported."""
    start, dataset = Start.open(base_dir, None), read_dataset(dataset_dir)
    ordered = sorted(dataset.clips, key=lambda clip: clip.duration_ms)
    middle = len(ordered) // 2
    size = max(config.acoustic.batch_size, config.semantic.batch_size)
    first = max(0, min(middle - size // 2, len(ordered) - size))
    usual, longest = ordered[first : first + size], ordered[-size:]
    trial = list({clip.sha256: clip for clip in (*usual, *longest)}.values())
    with tempfile.TemporaryDirectory(prefix="preflight-") as cache:
        marks_s = [time.perf_counter()]
        items = _extracted(trial, dataset_dir, start.base, Path(cache), marks_s)
        sample = _Sample(
            everything=_all_items(dataset, items),
            usual=[items[clip.sha256] for clip in usual if clip.sha256 in items],
            longest=[items[clip.sha256] for clip in longest if clip.sha256 in items],
        )
        paces = {
            ACOUSTIC: _pace(acoustic_stage(start, sample.everything, config), sample),
            SEMANTIC: _pace(semantic_stage(start, sample.everything, config), sample),
        }
        voices = math.prod(pace.checkpoints for pace in paces.values())
        evaluation_s = voices * _voice_s(config, start, dataset, dataset_dir, Path(cache))
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
    )


def peak_bytes() -> int:
    """The most memory this process has held at once.

    `getrusage` would answer with the parent's memory when that was larger: a started process
    inherits the figure.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii")
    found = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
    if found is None:
        raise CannotEstimate("The system does not tell how much memory a process has held.")
    return int(found[1]) * BYTES_PER_KIB


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


def _all_items(dataset: Manifest, extracted: dict[str, Item]) -> list[Item]:
    """Every clip as it will be planned for; of those not extracted only the length is true."""
    known = list(extracted.values())
    pace = statistics.mean(item.phones / item.frames for item in known)
    items = []
    for clip in dataset.clips:
        frames = clip.duration_ms * audio.SAMPLE_RATE_HZ // (1000 * audio.HOP)
        planned = Item(
            clip=clip.sha256,
            path=known[0].path,
            frames=frames,
            phones=round(pace * frames),
            codes=frames // 2,
        )
        items.append(extracted.get(clip.sha256, planned))
    return items


def _pace(stage: Stage[Batch, Model], sample: _Sample) -> _Pace:
    """Time a usual step, after one on the longest clips that fills every buffer."""
    largest = max(
        (stage.order(step) for step in range(stage.order.steps_per_epoch)),
        key=lambda batch: len(batch) * max(item.frames for item in batch),
    )
    stage.trainer.step(stage.collate((sample.longest or sample.usual)[-len(largest) :]))
    stage.trainer.finish()
    batch = stage.collate((sample.usual or sample.longest)[: len(largest)])
    started_s = time.perf_counter()
    stage.trainer.step(batch)
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
    options = parser.parse_args(arguments)
    config = FinetuneConfig.from_dict(json.loads(options.config))
    found = measure(config, dataset_dir=options.dataset, base_dir=options.base)
    sys.stdout.write(json.dumps(asdict(found)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
