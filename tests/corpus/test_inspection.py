"""What the upload door refuses, asked of the real probe in its real child process."""

from __future__ import annotations

import shutil
import struct
import wave
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from pytest_django import Settings

from voiceassets.core.errors import Unavailable
from voiceassets.corpus import inspection
from voiceassets.corpus.inspection import BadFileName, Refused, inspect, require_name

DATA = Path(__file__).parent.parent / "data"


def write_wave(path: Path, *, seconds: float = 2, rate_hz: int = 16_000, channels: int = 1) -> None:
    noise = np.random.default_rng(0).normal(0, 3_000, (int(seconds * rate_hz), channels))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(noise.astype("<i2").tobytes())


def empty(path: Path) -> None:
    path.touch()


def text(path: Path) -> None:
    path.write_text("This is a letter, not a recording.\n" * 100)


def renamed_zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(DATA / "noisy.mp3")


def truncated(path: Path) -> None:
    write_wave(path)
    path.write_bytes(path.read_bytes()[:30_000])


def lying_header(path: Path) -> None:
    write_wave(path)
    content = bytearray(path.read_bytes())
    content[40:44] = struct.pack("<I", 1_000_000_000)
    path.write_bytes(content)


def not_numbers(path: Path) -> None:
    soundfile.write(path, np.full(32_000, np.nan, np.float32), 16_000, "FLOAT", format="WAV")


def one_sample(path: Path) -> None:
    write_wave(path, seconds=1 / 16_000)


def many_channels(path: Path) -> None:
    write_wave(path, rate_hz=192_000, channels=8)


def ten_silent_hours(path: Path) -> None:
    """A sparse file: the zeros take no room and no time."""
    write_wave(path, seconds=0, rate_hz=8_000)
    header = bytearray(path.read_bytes())
    data_bytes = 10 * 3600 * 8_000 * 2
    header[4:8], header[40:44] = struct.pack("<I", data_bytes + 36), struct.pack("<I", data_bytes)
    path.write_bytes(header)
    with path.open("r+b") as file:
        file.truncate(len(header) + data_bytes)


BAD = [
    (empty, "empty_file", 422),
    (text, "not_audio", 415),
    (renamed_zip, "not_audio", 415),
    (truncated, "truncated", 422),
    (lying_header, "lying_header", 422),
    (not_numbers, "not_finite", 422),
    (one_sample, "too_short", 422),
    (many_channels, "too_many_channels", 422),
    (ten_silent_hours, "too_long", 422),
]


@pytest.mark.parametrize(("make", "code", "status"), BAD, ids=[make.__name__ for make, _, _ in BAD])
def test_bad_input_is_refused_with_its_reason(
    make: Callable[[Path], None], code: str, status: int, tmp_path: Path
) -> None:
    make(tmp_path / "upload")
    with pytest.raises(Refused) as refusal:
        inspect(tmp_path / "upload", name="take.wav")
    assert (refusal.value.code, refusal.value.status) == (code, status)
    assert refusal.value.message.endswith(".")


def test_a_recording_is_described_by_its_content_not_its_name(tmp_path: Path) -> None:
    disguised = tmp_path / "song.txt"
    shutil.copy(DATA / "speaker_60s.flac", disguised)
    facts = inspect(disguised, name="song.txt")
    assert (facts.container, facts.codec, facts.channels) == ("flac", "flac", 1)
    assert facts.duration_ms == pytest.approx(77_346, abs=50)
    assert facts.complete
    assert not facts.has_video
    assert facts.as_dict()["sample_rate_hz"] == facts.sample_rate_hz


def test_the_sound_of_a_video_is_a_recording() -> None:
    facts = inspect(DATA / "short_video.mp4", name="会议.mp4")
    assert facts.has_video
    assert facts.codec == "aac"


def test_the_size_limit_of_the_settings_holds(settings: Settings) -> None:
    path = DATA / "speaker_60s.flac"
    settings.UPLOAD_MAX_BYTES = path.stat().st_size - 1
    with pytest.raises(Refused) as refusal:
        inspect(path, name="take.flac")
    assert (refusal.value.code, refusal.value.status) == ("too_large", 413)


def test_a_probe_that_hangs_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspection, "WALL_LIMIT_S", 0.01)
    with pytest.raises(Refused) as refusal:
        inspect(DATA / "noisy.mp3", name="take.mp3")
    assert refusal.value.code == "timed_out"


def test_a_probe_that_dies_means_a_damaged_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspection, "PROBE", "this")  # prints, but no answer
    with pytest.raises(Refused) as refusal:
        inspect(DATA / "noisy.mp3", name="take.mp3")
    assert refusal.value.code == "corrupt"


def test_a_missing_probe_is_the_servers_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspection, "PROBE", "training.prepare.absent")
    with pytest.raises(Unavailable, match="cannot inspect"):
        inspect(DATA / "noisy.mp3", name="take.mp3")


def test_the_child_inherits_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEASSETS_SECRET_KEY", "hush")
    assert "hush" not in inspection.child_environment().values()


@pytest.mark.parametrize(
    "name",
    ["../etc/passwd", "a/b.wav", "a\\b.wav", "..", "a\0.wav", "a\n.wav", "", "   ", "x" * 256,
     "gnp.\u202evaw.exe"],
)  # fmt: skip
def test_a_name_that_is_a_path_or_cannot_be_shown_is_refused(name: str) -> None:
    with pytest.raises(BadFileName) as refusal:
        inspect(DATA / "noisy.mp3", name=name)
    assert (refusal.value.status, refusal.value.code) == (400, "bad_file_name")


@pytest.mark.parametrize(
    "name",
    [
        "take 1.wav",
        "第一次录音.wav",
        "录音\u3000一.wav",
        "take\u00a01.wav",
        "a.b.c.flac",
        "x" * 255,
    ],
)
def test_an_ordinary_name_is_kept_as_it_is(name: str) -> None:
    assert require_name(name) == name
