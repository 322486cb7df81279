"""The estimate is measured, and holds for the run that follows."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.training.runs import CONFIG, Whole
from training.config import PRESETS, FinetuneConfig
from training.data import Item
from training.memory import available_bytes, forget_peak, peak_bytes
from training.preflight import CannotEstimate, estimate, measure
from training.semantic import SemanticBatch, SemanticTrainer
from training.stages import semantic_stage
from training.start import Start


def test_the_peak_of_the_run_is_within_a_fifth_of_the_estimate(
    dataset_dir: Path, base_dir: Path, whole: Whole
) -> None:
    found = estimate(CONFIG, dataset_dir=dataset_dir, base_dir=base_dir)
    assert found.steps == {"acoustic": 3, "semantic": 3}
    assert set(found.seconds) == {"features", "acoustic", "semantic"}
    assert 0 < min(found.seconds.values()) <= found.total_s
    assert whole.peak_bytes == pytest.approx(found.peak_bytes, rel=0.2)
    assert found.fits is (found.peak_bytes <= found.available_bytes)


def test_it_tries_the_largest_batch_that_the_run_will_have(
    items: Sequence[Item], monkeypatch: pytest.MonkeyPatch, dataset_dir: Path, base_dir: Path
) -> None:
    tried: list[int] = []
    trainer_step = SemanticTrainer.step

    def noted(self: SemanticTrainer, batch: SemanticBatch) -> dict[str, float]:
        tried.append(batch.codes_bt.numel())
        return trainer_step(self, batch)

    monkeypatch.setattr(SemanticTrainer, "step", noted)
    settings = replace(CONFIG.semantic, batch_size=4, batch_frames=250)
    config = replace(CONFIG, semantic=settings)
    measure(config, dataset_dir=dataset_dir, base_dir=base_dir)
    stage = semantic_stage(Start.open(base_dir, None), items, config)
    areas = [stage.batch_at(step).codes_bt.numel() for step in range(stage.order.steps_per_epoch)]
    assert max(tried) == max(areas)
    assert tried.index(max(tried)) > 0, "the optimiser's memory is made by the first step"


def test_letting_voices_speak_takes_its_time_too(dataset_dir: Path, base_dir: Path) -> None:
    found = measure(replace(CONFIG, sentences=1), dataset_dir=dataset_dir, base_dir=base_dir)
    assert found.seconds["evaluation"] > 0


def test_what_cannot_be_tried_cannot_be_estimated(base_dir: Path, tmp_path: Path) -> None:
    with pytest.raises(CannotEstimate, match=r"failed: /.*manifest\.json cannot be read"):
        estimate(CONFIG, dataset_dir=tmp_path, base_dir=base_dir)


@pytest.mark.parametrize("preset", PRESETS)
def test_settings_survive_json(preset: str) -> None:
    config = PRESETS[preset]
    assert FinetuneConfig.from_dict(json.loads(json.dumps(config.as_dict()))) == config


def test_a_peak_is_counted_anew_after_it_was_forgotten() -> None:
    held = bytearray(64 << 20)
    before = peak_bytes()
    del held
    forget_peak()
    assert before - peak_bytes() > 32 << 20
    assert available_bytes() > 0
