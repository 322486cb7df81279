"""Runs one small fine-tune, here or (`python -m tests.training.runs`) as a process of its own."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from training import finetune
from training.config import AcousticSettings, FinetuneConfig, SemanticSettings
from training.finetune import FinetuneResult
from training.memory import peak_bytes
from training.progress import Progress
from training.tracking import MlflowTracker

ROOT = Path(__file__).parents[2]
CONFIG = FinetuneConfig(
    preset="test",
    checkpoint_every_steps=1,
    sentences=0,
    acoustic=AcousticSettings(max_steps=3, batch_size=1),
    semantic=SemanticSettings(max_steps=3, accumulate=1),
)


class Finetune:
    """Runs the same fine-tune in folders of its own."""

    def __init__(self, dataset_dir: Path, base_dir: Path, folder: Path) -> None:
        self.dataset_dir, self.base_dir = dataset_dir, base_dir
        self.work_dir, self.out_dir = folder / "work", folder / "voice"
        self.voice_dir: Path | None = None
        self.against_dir: Path | None = None
        self.reports: list[Progress] = []

    def run(
        self,
        config: FinetuneConfig = CONFIG,
        *,
        on_progress: Callable[[Progress], None] | None = None,
        should_stop: Callable[[], bool] = lambda: False,
        tracker: MlflowTracker | None = None,
    ) -> FinetuneResult:
        """Run in this process."""
        return finetune.run(
            config,
            dataset_dir=self.dataset_dir,
            base_dir=self.base_dir,
            work_dir=self.work_dir,
            out_dir=self.out_dir,
            voice_dir=self.voice_dir,
            against_dir=self.against_dir,
            on_progress=on_progress or self.reports.append,
            should_stop=should_stop,
            tracker=tracker,
            consent_ids=("con_1",),
        )

    def start_child(self) -> subprocess.Popen[str]:
        """Run in a child process, which prints a line per report and its peak memory in bytes."""
        folders = (self.dataset_dir, self.base_dir, self.work_dir.parent)
        return subprocess.Popen(
            [sys.executable, "-m", "tests.training.runs", *map(str, folders)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )


@dataclass(frozen=True, kw_only=True)
class Whole:
    """A fine-tune that nothing interrupted: what it made, said, and needed."""

    job: Finetune
    result: FinetuneResult
    lines: tuple[str, ...]
    peak_bytes: int

    @classmethod
    def of(cls, job: Finetune) -> "Whole":
        """Run to the end in a child process, then read the result here."""
        with job.start_child() as child:
            assert child.stdout is not None
            *lines, peak = child.stdout.read().splitlines()
        assert child.returncode == 0
        return cls(job=job, result=job.run(), lines=tuple(lines), peak_bytes=int(peak))


if __name__ == "__main__":
    dataset_dir, base_dir, folder = map(Path, sys.argv[1:])
    Finetune(dataset_dir, base_dir, folder).run(
        on_progress=lambda report: print(report.stage, report.done, flush=True)
    )
    print(peak_bytes())
