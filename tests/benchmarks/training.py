"""A training step of v2 at full size and batch 4: its time, its memory, and the products' share.

Each figure is taken in a process of its own, since a peak of memory never falls.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import torch
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

from synthesis.models.semantic import SemanticConfig, SemanticModel
from synthesis.models.vits import AcousticConfig, AcousticModel
from tests.benchmarks.measure import Figure, median_s
from training.acoustic import AcousticBatch, AcousticTrainer
from training.config import AcousticSettings, SemanticSettings
from training.discriminators import DiscriminatorConfig, Discriminators
from training.memory import peak_bytes
from training.semantic import SemanticBatch, SemanticTrainer

BATCH = 4
FRAMES, PHONES = 200, 60  # four seconds
GEMM = 2048
RUNS = 3
STAGES = ("acoustic", "semantic")


def figures(*, frames: int = FRAMES, runs: int = RUNS) -> Iterator[Figure]:
    """Of both stages."""
    for stage in STAGES:
        found = _in_child(stage, frames=frames, runs=runs)
        yield Figure(
            name=f"{stage} step, v2, batch {BATCH}, {frames / 50:g} s",
            value=found["step_s"],
            unit="s",
            floor=found["floor_s"],
            floor_name="its products at the rate of a large one",
        )
        yield Figure(name=f"{stage} step, peak memory", value=found["peak_bytes"] / 1e9, unit="GB")


def measure(stage: str, *, frames: int, runs: int) -> dict[str, float]:
    """Take the steps in this process."""
    torch.manual_seed(0)
    trainer, batch = _acoustic(frames) if stage == "acoustic" else _semantic(frames)
    with FlopCounterMode(display=False) as counter:
        trainer.step(batch)
    step_s = median_s(lambda: trainer.step(batch), runs=runs, warm_up=0)
    return {
        "step_s": step_s,
        "floor_s": counter.get_total_flops() / _gemm_flops_per_s(),
        "peak_bytes": peak_bytes(),
    }


def _in_child(stage: str, **options: int) -> dict[str, float]:
    order = json.dumps({"stage": stage, **options})
    command = [sys.executable, "-m", "tests.benchmarks.training", order]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _acoustic(frames: int) -> tuple[Any, Any]:
    config = AcousticConfig.for_version("v2")
    settings = AcousticSettings(batch_size=BATCH)
    trainer = AcousticTrainer(
        AcousticModel(config).train(),
        Discriminators(DiscriminatorConfig()),
        settings,
        steps_per_epoch=100,
    )
    batch = AcousticBatch(
        codes_bn=torch.randint(0, config.codes, (BATCH, frames // 2)),
        phones_bp=torch.randint(0, 700, (BATCH, PHONES)),
        phone_lens_b=torch.full((BATCH,), PHONES),
        spec_bft=torch.rand(BATCH, config.spec_bins, frames),
        spec_lens_b=torch.full((BATCH,), frames),
        wave_b1s=0.1 * torch.randn(BATCH, 1, frames * config.hop),
    )
    return trainer, batch


def _semantic(frames: int) -> tuple[Any, Any]:
    config = SemanticConfig()
    settings = SemanticSettings(batch_size=BATCH, accumulate=1)
    trainer = SemanticTrainer(SemanticModel(config).train(), settings, total_steps=100)
    batch = SemanticBatch(
        phones_bp=torch.randint(0, 700, (BATCH, PHONES)),
        phone_lens_b=torch.full((BATCH,), PHONES),
        codes_bt=torch.randint(0, 1000, (BATCH, frames // 2)),
        code_lens_b=torch.full((BATCH,), frames // 2),
        bert_bwp=torch.zeros(BATCH, config.bert_width, PHONES),
    )
    return trainer, batch


def _gemm_flops_per_s() -> float:
    a, b = torch.randn(GEMM, GEMM), torch.randn(GEMM, GEMM)
    return 2 * GEMM**3 / median_s(lambda: functional.linear(a, b))


if __name__ == "__main__":
    print(json.dumps(measure(**json.loads(sys.argv[1]))))
