"""`python -m training prepare`, and what every command says of a path that does not do."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import soundfile

from training.__main__ import main
from training.prepare.manifest import read_dataset

SAMPLES = Path(__file__).parents[2] / "data"


@pytest.fixture
def take(tmp_path: Path) -> Path:
    """Two sentences of the sample speaker, with their words beside them."""
    sound, rate_hz = soundfile.read(SAMPLES / "speaker_60s.flac", stop=9_400 * 22_050 // 1_000)
    soundfile.write(tmp_path / "take.wav", sound, rate_hz)
    subtitles = (SAMPLES / "speaker_60s.srt").read_text(encoding="utf-8").split("\n\n")
    (tmp_path / "take.srt").write_text("\n\n".join(subtitles[:2]) + "\n", encoding="utf-8")
    return tmp_path / "take.wav"


def test_recordings_become_a_dataset_and_all_that_is_left_out_has_a_reason(
    take: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "dataset"
    assert main(["prepare", str(take), str(take), "--out", str(out), "--minutes", "0.1"]) == 0
    found = json.loads(capsys.readouterr().out)
    [clip] = read_dataset(out).clips
    assert (found["sha256"], clip.recording_id) == (read_dataset(out).content_sha256, "take.wav")
    reasons = [entry["reason"] for entry in found["left_out"]]
    assert (reasons.count("same_sound"), reasons.count("not_chosen")) == (2, 1)
    assert all(entry["detail"] for entry in found["left_out"])
    assert "1 of 2 slices" in found["explanation"]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: path.write_text("no sound at all"), "export the recording as WAV"),
        (lambda path: shutil.copy(SAMPLES / "short_video.mp4", path), "with --transcriber"),
        (lambda path: path.mkdir(), "is no file; name recordings, not folders"),
    ],
)
def test_a_recording_that_cannot_be_used_is_named(
    make: Callable[[Path], object], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "take.wav"
    make(path)
    assert main(["prepare", str(path), "--out", str(tmp_path / "dataset")]) == 2
    said = capsys.readouterr().err
    assert said.startswith(str(path)) or f"\n{path}" in said
    assert words in said
    assert not (tmp_path / "dataset").exists()


def test_a_folder_that_is_no_dataset_and_a_place_that_cannot_be_written_are_named(
    dataset_dir: Path, base_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    inputs = ["--base", str(base_dir), "--dataset"]
    assert main(["finetune", *inputs, str(tmp_path), "--out", str(tmp_path / "voice")]) == 2
    assert (
        "Make one of your recordings with `python -m training prepare`" in capsys.readouterr().err
    )
    assert main(["finetune", *inputs, str(dataset_dir), "--out", "/proc/voice"]) == 2
    assert "/proc/voice.work: No such file or directory. Name another" in capsys.readouterr().err
    assert main(["evaluate", str(tmp_path), "--base", str(base_dir), "--out", str(tmp_path)]) == 2
    assert "name the folder of a voice" in capsys.readouterr().err
