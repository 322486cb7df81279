"""Kept checkpoints speak, the best pair becomes the voice, and the report names all of them."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from synthesis.bundles.base import BaseModel
from synthesis.bundles.bundle import VoiceBundle
from synthesis.errors import Stopped
from tests.training.runs import CONFIG, Whole
from training.candidates import Pair, choose, pairs
from training.progress import Progress
from training.stages import Surroundings
from training.tracking import NullTracker

SCORED = replace(CONFIG, sentences=1)


def _around(folder: Path, reports: list[Progress], should_stop: Callable[[], bool]) -> Surroundings:
    return Surroundings(
        config=SCORED,
        work_dir=folder,
        on_progress=reports.append,
        should_stop=should_stop,
        tracker=NullTracker(),
    )


def test_every_checkpoint_of_one_stage_meets_every_one_of_the_other() -> None:
    found = pairs((10, 20), (5, 15))
    assert len(set(found)) == 4
    assert found[0] == Pair(acoustic_steps=20, semantic_steps=15)


def test_the_best_pair_becomes_the_voice(
    whole: Whole, base: BaseModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(pair: Pair, folder: Path) -> VoiceBundle:
        shutil.copytree(whole.job.out_dir, folder)
        return VoiceBundle.open(folder)

    merits = {"acoustic 3, semantic 3": 0.2, "acoustic 2, semantic 3": 0.7}
    monkeypatch.setattr("training.candidates.merit", lambda score: merits[score.name])
    reports: list[Progress] = []
    around = _around(tmp_path, reports, lambda: False)
    out_dir = tmp_path / "voice"
    chosen, report = choose(
        pairs([2, 3], [3]), write, around, base=base, out_dir=out_dir, against=whole.job.out_dir
    )
    assert chosen == Pair(acoustic_steps=2, semantic_steps=3)
    assert report is not None
    assert [score.name for score in report.scores] == list(merits)
    assert report.best.name == chosen.name
    assert report.against is not None
    assert report.falls == ()
    assert VoiceBundle.open(out_dir).sha256 == whole.result.bundle_sha256
    assert not list((tmp_path / "candidates").iterdir())
    assert reports[-1].done == reports[-1].total

    around = _around(tmp_path, reports, lambda: True)
    with pytest.raises(Stopped, match="compared"):
        choose(pairs([2], [3]), write, around, base=base, out_dir=out_dir, against=None)
