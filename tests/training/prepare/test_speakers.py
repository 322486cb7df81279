"""Another voice in a recording is heard, alone and on top of the first."""

from pathlib import Path

import numpy as np
import pytest
import torch

from synthesis.models.speaker import SpeakerConfig, SpeakerNet
from tests.training.prepare.sounds import DATA
from tests.training.prepare.test_pipeline import prepare
from training.prepare.doubts import DoubtCode
from training.prepare.pipeline import PreparedRecording
from training.prepare.speakers import (
    SpeakerEncoderVectors,
    SpeakerNetVectors,
    VoicePrint,
    other_voices,
)
from training.prepare.voicing import pitch_of
from training.pretrain.speaker import SpeakerEncoder, SpeakerSize


def test_two_speakers_in_one_recording_are_told_apart(tmp_path: Path) -> None:
    assert (DATA / "two_speakers.mp3").exists()
    prepared = prepare("two_speakers.mp3", "two_speakers.srt", tmp_path)

    found = [{doubt.code for doubt in segment.doubts} for segment in prepared.segments]
    another, over = {DoubtCode.ANOTHER_SPEAKER}, DoubtCode.SEVERAL_VOICES
    assert found[:6] == [set(), set(), another, set(), set(), another]
    assert over in found[6]
    assert found[7] == set()
    alike = [segment.speaker_similarity for segment in prepared.segments]
    assert max(alike[2], alike[5]) < min(alike[place] for place in (0, 1, 3, 4))
    messages = {doubt.code: doubt.message for doubt in prepared.doubts}
    assert messages[DoubtCode.SEVERAL_VOICES].startswith("1 of 8 slices. The first: A second voice")
    assert "which do not tell similar voices apart" in messages[DoubtCode.ANOTHER_SPEAKER]


def test_one_speaker_in_two_languages_is_one(sample: PreparedRecording) -> None:
    assert sample.doubts == ()
    assert min(segment.speaker_similarity for segment in sample.segments) > 0.9


def prints(chance: np.random.Generator, *centres: float) -> list[VoicePrint]:
    """Slices of voices that lie apart along one axis."""

    def near(centre: float) -> np.ndarray:
        return centre + 0.3 * chance.standard_normal(8)

    return [VoicePrint(whole=near(c), halves=(near(c), near(c))) for c in centres]


@pytest.mark.parametrize(
    ("centres", "strangers"),
    [((0.0,) * 9, set()), ((0.0,) * 8 + (2.0,), {8}), ((0.0,) * 5 + (2.0, 2.0, -3.0), {5, 6, 7})],
)
def test_every_voice_but_the_most_frequent_one_is_doubted(
    centres: tuple[float, ...], strangers: set[int]
) -> None:
    found = other_voices(prints(np.random.default_rng(3), *centres), name="a test")

    assert found.keys() == strangers


def test_networks_of_a_base_give_unit_vectors() -> None:
    torch.manual_seed(0)
    wave = np.random.default_rng(0).standard_normal(16_000).astype(np.float32)
    encoder = SpeakerEncoderVectors(SpeakerEncoder(SpeakerSize(channels=8, width=4)))
    net = SpeakerNetVectors(SpeakerNet(SpeakerConfig()))

    for vectors in (encoder, net):
        assert np.linalg.norm(vectors.vector(wave)) == pytest.approx(1.0)


def test_pitch_is_found_where_there_is_one() -> None:
    time = np.arange(1_024) / 16_000
    buzz = sum(np.sin(2 * np.pi * 120 * k * time) for k in range(1, 6))
    noise = np.random.default_rng(0).standard_normal(1_024)

    found = pitch_of(np.stack([np.asarray(buzz), noise]))

    assert found[0] == pytest.approx(120, abs=1)
    assert np.isnan(found[1])
