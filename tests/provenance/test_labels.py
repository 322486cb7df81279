"""Labels in real files of every format: written, found by other readers, and found again by us."""

from __future__ import annotations

import struct
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from voiceassets.provenance import carriers, riff
from voiceassets.provenance.encode import AudioFormat, encode
from voiceassets.provenance.label import Label, LabelError
from voiceassets.provenance.labels import label, read_label

RATE_HZ = 32_000
LABEL = Label.first(producer="voice-assets", produce_id="ast_01")
OTHER = Label.first(producer="voice-assets", produce_id="ast_02")
FORMATS = pytest.mark.parametrize("kind", list(AudioFormat))


def sound(seconds: float = 1.0) -> NDArray[np.int16]:
    time_s = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    wave_s: NDArray[np.int16] = (np.sin(2 * np.pi * 220 * time_s) * 9_000).astype(np.int16)
    return wave_s


def make(folder: Path, kind: AudioFormat, seconds: float = 1.0) -> Path:
    path = folder / f"speech.{kind}"
    return encode(sound(seconds), sample_rate_hz=RATE_HZ, path=path, format=kind)


def decoded(path: Path) -> bytes:
    with av.open(str(path)) as file:
        return b"".join(frame.to_ndarray().tobytes() for frame in file.decode(audio=0))


def metadata(path: Path) -> dict[str, str]:
    """What libav, which knows nothing of this project, finds in the file."""
    with av.open(str(path)) as file:
        return {**file.metadata, **file.streams.audio[0].metadata}


@FORMATS
def test_a_label_is_in_the_file_and_the_sound_is_untouched(
    kind: AudioFormat, tmp_path: Path
) -> None:
    path = make(tmp_path, kind)
    before = decoded(path)
    assert read_label(path) is None
    assert label(path, LABEL) == LABEL
    assert read_label(path) == LABEL
    assert decoded(path) == before


@FORMATS
def test_a_second_label_replaces_the_first(kind: AudioFormat, tmp_path: Path) -> None:
    path = make(tmp_path, kind)
    label(path, LABEL)
    label(path, OTHER)
    assert read_label(path) == OTHER
    content = path.read_bytes()
    assert content.count(b'"ProduceID"') == 1
    assert b"ast_01" not in content


@pytest.mark.parametrize(
    "kind", [AudioFormat.MP3, AudioFormat.FLAC, AudioFormat.OGG, AudioFormat.M4A]
)
def test_other_programs_find_the_field_by_its_name(kind: AudioFormat, tmp_path: Path) -> None:
    path = make(tmp_path, kind)
    label(path, LABEL)
    assert metadata(path)["AIGC"] == LABEL.as_text()


def test_a_wave_file_carries_it_in_a_chunk_of_its_own(tmp_path: Path) -> None:
    path = make(tmp_path, AudioFormat.WAV)
    label(path, LABEL)
    content = path.read_bytes()
    assert struct.unpack("<4sI4s", content[:12]) == (b"RIFF", len(content) - 8, b"WAVE")
    text = LABEL.as_text().encode()
    chunk = struct.pack("<4sI", b"AIGC", len(text)) + text
    assert content.rstrip(b"\0").endswith(chunk)
    assert len(content) % 2 == 0


def test_an_m4a_carries_it_in_keys_and_keeps_what_was_there(tmp_path: Path) -> None:
    path = make(tmp_path, AudioFormat.M4A)
    label(path, LABEL)
    content = path.read_bytes()
    assert content.index(b"moov") < content.index(b"udta") < content.index(b"mdtaAIGC")
    assert list(tmp_path.iterdir()) == [path]


def test_the_content_decides_and_not_the_name(tmp_path: Path) -> None:
    path = make(tmp_path, AudioFormat.FLAC).rename(tmp_path / "speech.wav")
    label(path, LABEL)
    assert read_label(path) == LABEL


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"RIFF\0\0\0\0AVI ", b"\xff\x00" * 40])
def test_what_is_no_audio_has_no_label(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(LabelError):
        read_label(path)
    with pytest.raises(LabelError):
        label(path, LABEL)
    assert path.read_bytes() == content


@pytest.mark.parametrize("kind", [AudioFormat.FLAC, AudioFormat.OGG, AudioFormat.M4A])
def test_a_damaged_file_is_an_error_and_not_an_unlabelled_one(
    kind: AudioFormat, tmp_path: Path
) -> None:
    path = make(tmp_path, kind)
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(LabelError):
        read_label(path)


def test_a_label_that_does_not_stick_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forgetful = carriers.Carrier(write=lambda *_: None, read=lambda *_: None)
    monkeypatch.setattr(carriers, "WAVE", forgetful)
    with pytest.raises(LabelError, match="not in the file"):
        label(make(tmp_path, AudioFormat.WAV), LABEL)


def test_a_wave_file_of_odd_length_stays_well_formed(tmp_path: Path) -> None:
    path = tmp_path / "odd.wav"
    header = b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, 8_000, 8_000, 1, 8)
    body = header + struct.pack("<4sI", b"data", 3) + b"\x80\x80\x80"
    path.write_bytes(struct.pack("<4sI", b"RIFF", len(body)) + body)  # its last pad byte is missing
    label(path, LABEL)
    label(path, OTHER)
    assert riff.read_chunk(path, b"data") == b"\x80\x80\x80"
    assert read_label(path) == OTHER


def test_a_wave_file_with_the_chunk_elsewhere_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "strange.wav"
    body = b"WAVE" + struct.pack("<4sI", b"AIGC", 2) + b"{}" + struct.pack("<4sI", b"data", 0)
    path.write_bytes(struct.pack("<4sI", b"RIFF", len(body)) + body)
    before = path.read_bytes()
    with pytest.raises(LabelError, match="unexpected place"):
        label(path, LABEL)
    assert path.read_bytes() == before
