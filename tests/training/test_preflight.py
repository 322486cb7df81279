"""The estimate is measured, and holds for the run that follows."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.training.test_finetune import CHILD, CONFIG
from training.config import PRESETS, FinetuneConfig
from training.preflight import CannotEstimate, estimate

ROOT = Path(__file__).parents[2]
PEAK = """
import resource
print("peak", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
"""


def test_the_peak_of_the_run_is_within_a_fifth_of_the_estimate(
    dataset_dir: Path, base_dir: Path, tmp_path: Path
) -> None:
    found = estimate(CONFIG, dataset_dir=dataset_dir, base_dir=base_dir)
    assert found.steps == {"acoustic": 3, "semantic": 3}
    assert set(found.seconds) == {"features", "acoustic", "semantic"}
    assert 0 < min(found.seconds.values()) <= found.total_s

    folders = map(str, (dataset_dir, base_dir, tmp_path / "work", tmp_path / "voice"))
    run = subprocess.run(
        [sys.executable, "-c", CHILD + PEAK, *folders],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
    )
    peak_bytes = int(run.stdout.split()[-1])
    assert peak_bytes == pytest.approx(found.peak_bytes, rel=0.2)


def test_what_cannot_be_tried_cannot_be_estimated(base_dir: Path, tmp_path: Path) -> None:
    with pytest.raises(CannotEstimate, match=r"manifest\.json cannot be read"):
        estimate(CONFIG, dataset_dir=tmp_path, base_dir=base_dir)


@pytest.mark.parametrize("preset", PRESETS)
def test_settings_survive_json(preset: str) -> None:
    config = PRESETS[preset]
    assert FinetuneConfig.from_dict(json.loads(json.dumps(config.as_dict()))) == config
