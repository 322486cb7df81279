"""The estimate is measured, and holds for the run that follows."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.training.runs import CONFIG, Whole
from training.config import PRESETS, FinetuneConfig
from training.preflight import CannotEstimate, estimate, measure


def test_the_peak_of_the_run_is_within_a_fifth_of_the_estimate(
    dataset_dir: Path, base_dir: Path, whole: Whole
) -> None:
    found = estimate(CONFIG, dataset_dir=dataset_dir, base_dir=base_dir)
    assert found.steps == {"acoustic": 3, "semantic": 3}
    assert set(found.seconds) == {"features", "acoustic", "semantic"}
    assert 0 < min(found.seconds.values()) <= found.total_s
    assert whole.peak_bytes == pytest.approx(found.peak_bytes, rel=0.2)


def test_letting_voices_speak_takes_its_time_too(dataset_dir: Path, base_dir: Path) -> None:
    found = measure(replace(CONFIG, sentences=1), dataset_dir=dataset_dir, base_dir=base_dir)
    assert found.seconds["evaluation"] > 0


def test_what_cannot_be_tried_cannot_be_estimated(base_dir: Path, tmp_path: Path) -> None:
    with pytest.raises(CannotEstimate, match=r"manifest\.json cannot be read"):
        estimate(CONFIG, dataset_dir=tmp_path, base_dir=base_dir)


@pytest.mark.parametrize("preset", PRESETS)
def test_settings_survive_json(preset: str) -> None:
    config = PRESETS[preset]
    assert FinetuneConfig.from_dict(json.loads(json.dumps(config.as_dict()))) == config
