"""Content credentials: signed into the file, trusted by those who know the root, and brittle."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pytest_django import Settings

from tests.provenance.test_labels import LABEL, make
from voiceassets.provenance import credentials, signer
from voiceassets.provenance.credentials import Source
from voiceassets.provenance.encode import AudioFormat
from voiceassets.provenance.label import LabelError
from voiceassets.provenance.labels import label, read_label
from voiceassets.provenance.produce import produce

SOURCES = (
    Source(id="ver_1", kind="application/x-voice-bundle", sha256="a" * 64),
    Source(id="cns_1", kind="application/x-consent", sha256="b" * 64),
)
CARRY = [AudioFormat.WAV, AudioFormat.MP3, AudioFormat.FLAC, AudioFormat.M4A]


@pytest.mark.parametrize("kind", CARRY)
def test_a_signed_file_is_trusted_and_one_flipped_byte_undoes_it(
    kind: AudioFormat, tmp_path: Path
) -> None:
    path = make(tmp_path, kind)
    label(path, LABEL)
    signed = credentials.sign(path, title="ast_01", sources=SOURCES)
    assert (signed.state, signed.title, signed.generated) == ("Trusted", "ast_01", True)
    assert signed.sources == SOURCES
    assert signed.is_development
    assert read_label(path) == LABEL, "the label written before is still there"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    changed = credentials.read(path, anchors=signer.signer().anchors)
    assert changed is not None
    assert changed.state == "Invalid"


@pytest.mark.parametrize("kind", [AudioFormat.OGG, AudioFormat.AAC])
def test_a_container_without_a_place_for_them_is_told_apart(
    kind: AudioFormat, tmp_path: Path
) -> None:
    path = make(tmp_path, kind)
    for _ in range(2):  # also when a tag stands before the sound
        assert not credentials.can_carry(path)
        label(path, LABEL)
    with pytest.raises(LabelError, match="no place"):
        credentials.sign(path, title="ast_01", sources=SOURCES)


def test_a_signature_of_somebody_else_is_valid_but_not_trusted(
    tmp_path: Path, settings: Settings
) -> None:
    path = make(tmp_path, AudioFormat.WAV)
    credentials.sign(path, title="ast_01", sources=())
    other = signer.make_development_certificate(tmp_path / "other")
    found = credentials.read(path, anchors=(other / signer.ANCHORS).read_text())
    assert found is not None
    assert found.state == "Valid"


def test_a_certificate_is_made_once_and_its_key_is_the_owners(tmp_path: Path) -> None:
    folder = signer.make_development_certificate(tmp_path / "c2pa")
    before = (folder / signer.CHAIN).read_bytes()
    signer.make_development_certificate(folder)
    assert (folder / signer.CHAIN).read_bytes() == before
    assert (folder / signer.KEY).stat().st_mode & 0o077 == 0
    assert list(tmp_path.iterdir()) == [folder], "nothing is left of the second one"


class Doubling:
    """A watermark that is easy to see: it doubles the level, and knows itself by it."""

    name = "doubling"

    def __init__(self, *, heard: float) -> None:
        self.heard = heard

    def embed(self, wave_s: np.ndarray, sample_rate_hz: int) -> np.ndarray:
        return wave_s * 2

    def detect(self, wave_s: np.ndarray, sample_rate_hz: int) -> float:
        return self.heard


@pytest.mark.parametrize("kind", list(AudioFormat))
def test_every_label_that_a_format_has_place_for_is_in_the_file(
    kind: AudioFormat, tmp_path: Path
) -> None:
    pcm_s = np.sin(np.arange(32_000) / 20).astype(np.float32) * 0.2
    made = produce(
        tmp_path / f"speech.{kind}",
        pcm=pcm_s,
        sample_rate_hz=32_000,
        produce_id="ast_01",
        sources=SOURCES,
        watermark=Doubling(heard=0.9),
    )
    marks = made.marks()
    assert marks["implicit"]["AIGC"]["ProduceID"] == "ast_01"
    assert marks["watermark"] == {"name": "doubling", "score": 0.9, "found": True}
    assert (marks["credentials"] is not None) == (kind in CARRY)
    assert made.marked_sha256 != made.pcm_sha256


def test_a_mark_that_is_not_heard_in_the_file_is_not_claimed(tmp_path: Path) -> None:
    pcm_s = np.sin(np.arange(32_000) / 20).astype(np.float32) * 0.2
    made = produce(
        tmp_path / "speech.wav",
        pcm=pcm_s,
        sample_rate_hz=32_000,
        produce_id="ast_01",
        watermark=Doubling(heard=0.3),
    )
    assert made.watermark is None
    assert made.marked_sha256 == made.pcm_sha256, "it holds the speech as it was"
