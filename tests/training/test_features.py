"""The feature cache: what is kept, when it is made anew, and which clips are left out."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from synthesis.bundles.base import BaseModel
from synthesis.errors import Stopped
from tests.training.material import hum, write_dataset
from training.data import Item, read_features
from training.features import Extracted, Unusable, extract_all, levelled
from training.prepare.manifest import read_dataset

SECOND = 32_000


def extract(
    dataset: Path, base: BaseModel, cache: Path, *, stop_after: int | None = None
) -> Extracted:
    done = [0]

    def should_stop() -> bool:
        return done[0] == stop_after

    def count(_: object) -> None:
        done[0] += 1

    return extract_all(
        read_dataset(dataset).clips,
        dataset,
        base,
        cache,
        on_progress=count,
        should_stop=should_stop,
    )


def test_every_frame_has_a_code_and_the_encoder_edge_is_repeated(items: Sequence[Item]) -> None:
    for item in items:
        features = read_features(item.path)
        assert len(features.wave_s) == item.frames * 640
        assert len(features.codes_n) == -(-item.frames // 2)
        assert len(features.codes_n) - 1 <= item.codes <= len(features.codes_n)
        assert len(features.phones_p) == item.phones
        assert np.abs(features.wave_s.numpy()).max() < 32767


def test_an_edited_transcript_never_meets_old_features(base: BaseModel, tmp_path: Path) -> None:
    sound = hum(1.0, pitch_hz=120, seed=1)
    before = write_dataset(tmp_path / "before", [("请稍等。", sound)])
    after = write_dataset(tmp_path / "after", [("再见。", sound)])
    [first] = extract(before, base, tmp_path / "cache").items
    kept = first.path.stat().st_mtime_ns
    [edited] = extract(after, base, tmp_path / "cache").items
    [again] = extract(before, base, tmp_path / "cache").items
    assert edited.path != first.path
    assert again == first
    assert again.path.stat().st_mtime_ns == kept


def test_clips_that_teach_nothing_are_dropped_with_the_reason(
    base: BaseModel, tmp_path: Path
) -> None:
    clips = [
        ("请稍等。", hum(1.0, pitch_hz=120, seed=1)),
        ("安静。", np.zeros(32_000, np.int16)),
        ("。。。", hum(1.0, pitch_hz=150, seed=2)),
    ]
    dataset = write_dataset(tmp_path / "dataset", clips)
    extracted = extract(dataset, base, tmp_path / "cache")
    assert len(extracted.items) == 1
    reasons = sorted(entry.reason for entry in extracted.dropped)
    assert len(reasons) == 2
    assert "it is silent" in reasons
    assert {entry.stage for entry in extracted.dropped} == {"features"}


def test_a_clip_in_a_language_that_the_base_does_not_speak_is_dropped(
    base: BaseModel, dataset_dir: Path, tmp_path: Path
) -> None:
    foreign = replace(read_dataset(dataset_dir).clips[0], language="ja")
    extracted = extract_all(
        [foreign],
        dataset_dir,
        base,
        tmp_path / "cache",
        on_progress=lambda _: None,
        should_stop=lambda: False,
    )
    [dropped] = extracted.dropped
    assert (dropped.clip, dropped.reason) == (
        foreign.sha256,
        "it is in 'ja', and the base speaks zh, en",
    )


def test_stopping_keeps_what_was_extracted(base: BaseModel, tmp_path: Path) -> None:
    clips = [("请稍等。", hum(1.0, pitch_hz=110 + i, seed=i)) for i in range(3)]
    dataset = write_dataset(tmp_path / "dataset", clips)
    with pytest.raises(Stopped):
        extract(dataset, base, tmp_path / "cache", stop_after=2)
    assert len(list((tmp_path / "cache").glob("*.safetensors"))) == 2


def test_levelling_brings_quiet_and_loud_clips_together() -> None:
    quiet, loud = (np.full(SECOND, level, np.float32) for level in (0.05, 1.0))
    assert levelled(quiet).max() == pytest.approx(0.5, abs=1e-6)
    assert levelled(loud).max() == pytest.approx(0.975, abs=1e-6)
    with pytest.raises(Unusable, match="lower level"):
        levelled(np.full(SECOND, 2.5, np.float32))
    with pytest.raises(Unusable, match="not all numbers"):
        levelled(np.full(SECOND, np.nan, np.float32))
    with pytest.raises(Unusable, match="too short"):
        levelled(np.full(100, 0.5, np.float32))
