"""Freezing a dataset, and noticing every later change to it."""

import json
from pathlib import Path

import numpy as np
import pytest

from training.prepare.clips import wav_bytes
from training.prepare.manifest import ClipSource, DatasetError, freeze, read_dataset


def source(folder: Path, number: int, *, text: str = "你好", samples: int = 64_000) -> ClipSource:
    path = folder / f"clip{number}.wav"
    path.write_bytes(wav_bytes(np.full(samples, number, np.int16)))
    return ClipSource(
        wav_path=path, text=text, language="zh", recording_id="rec_1", segment_id=f"seg_{number}"
    )


def test_a_frozen_dataset_reads_back_as_it_was_written(tmp_path: Path) -> None:
    frozen = freeze([source(tmp_path, 1), source(tmp_path, 2)], tmp_path / "dataset")

    assert read_dataset(tmp_path / "dataset") == frozen
    assert frozen.duration_ms == 4_000
    assert [clip.sha256 for clip in frozen.clips] == sorted(clip.sha256 for clip in frozen.clips)
    assert all(clip.wav_path(tmp_path / "dataset").is_file() for clip in frozen.clips)


def test_the_content_hash_depends_on_the_content_and_not_on_the_order(tmp_path: Path) -> None:
    one, two = source(tmp_path, 1), source(tmp_path, 2)

    forward = freeze([one, two], tmp_path / "forward")
    backward = freeze([two, one], tmp_path / "backward")
    other = freeze([one, source(tmp_path, 2, text="再见")], tmp_path / "other")

    assert forward.content_sha256 == backward.content_sha256
    assert forward.content_sha256 != other.content_sha256


def test_it_never_writes_over_a_frozen_dataset(tmp_path: Path) -> None:
    freeze([source(tmp_path, 1)], tmp_path / "dataset")

    with pytest.raises(DatasetError, match="exists"):
        freeze([source(tmp_path, 2)], tmp_path / "dataset")


def test_a_refused_freeze_leaves_no_dataset(tmp_path: Path) -> None:
    same = source(tmp_path, 1)

    with pytest.raises(DatasetError, match="same sound"):
        freeze([same, same], tmp_path / "dataset")
    with pytest.raises(DatasetError, match="at least one"):
        freeze([], tmp_path / "dataset")

    assert not (tmp_path / "dataset").exists()


def test_it_refuses_a_clip_of_another_form(tmp_path: Path) -> None:
    clip = source(tmp_path, 1)
    content = bytearray(clip.wav_path.read_bytes())
    content[24:28] = (16_000).to_bytes(4, "little")
    clip.wav_path.write_bytes(bytes(content))

    with pytest.raises(DatasetError, match="32000 Hz"):
        freeze([clip], tmp_path / "dataset")


def test_it_notices_a_changed_clip(tmp_path: Path) -> None:
    (clip,) = freeze([source(tmp_path, 1)], tmp_path / "dataset").clips
    path = clip.wav_path(tmp_path / "dataset")
    path.write_bytes(path.read_bytes()[:-2] + b"\x07\x00")

    with pytest.raises(DatasetError, match="was changed"):
        read_dataset(tmp_path / "dataset")


def test_it_notices_a_missing_clip(tmp_path: Path) -> None:
    (clip,) = freeze([source(tmp_path, 1)], tmp_path / "dataset").clips
    clip.wav_path(tmp_path / "dataset").unlink()

    with pytest.raises(DatasetError, match="is missing"):
        read_dataset(tmp_path / "dataset")


@pytest.mark.parametrize("field", ["text", "language", "recording_id", "segment_id"])
def test_it_notices_a_changed_manifest(tmp_path: Path, field: str) -> None:
    freeze([source(tmp_path, 1)], tmp_path / "dataset")
    manifest = tmp_path / "dataset" / "manifest.json"
    content = json.loads(manifest.read_text())
    content["clips"][0][field] += "!"
    manifest.write_text(json.dumps(content))

    with pytest.raises(DatasetError, match="was changed"):
        read_dataset(tmp_path / "dataset")


def test_a_hash_that_is_a_path_leads_nowhere(tmp_path: Path) -> None:
    freeze([source(tmp_path, 1)], tmp_path / "dataset")
    manifest = tmp_path / "dataset" / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"sha256":"', '"sha256":"../../'))

    with pytest.raises(DatasetError):
        read_dataset(tmp_path / "dataset")
