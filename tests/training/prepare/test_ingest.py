"""Decoding to the model's form, and what a bad file can do to the process that asked."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.training.prepare.sounds import DATA, encode, tone, write_wav
from training.prepare.decode import SAMPLE_RATE_HZ, decode
from training.prepare.faults import FaultCode
from training.prepare.ingest import IngestError, PreparationStopped, ingest
from training.prepare.limits import Limits


def test_it_extracts_the_sound_of_a_video(tmp_path: Path) -> None:
    facts = ingest(DATA / "short_video.mp4", tmp_path / "out.wav")

    written = soundfile.info(tmp_path / "out.wav")
    assert facts.has_video
    assert (facts.codec, facts.original_sample_rate_hz) == ("aac", 22_050)
    assert (written.samplerate, written.channels, written.subtype) == (32_000, 1, "FLOAT")
    assert abs(written.frames / 32 - facts.duration_ms) <= 2


def test_it_resamples_without_moving_or_changing_a_tone(tmp_path: Path) -> None:
    source = write_wav(tmp_path / "in.wav", tone(rate_hz=44_100), rate_hz=44_100)

    decode(source, tmp_path / "out.wav", Limits())

    samples, rate_hz = soundfile.read(tmp_path / "out.wav", dtype="float32")
    expected = tone(rate_hz=SAMPLE_RATE_HZ)
    assert (rate_hz, len(samples)) == (SAMPLE_RATE_HZ, len(expected))
    middle = slice(1_000, -1_000)
    assert np.abs(samples[middle] - expected[middle]).max() < 1e-3


def test_it_keeps_a_voice_whose_channels_would_cancel(tmp_path: Path) -> None:
    left = tone()
    stereo = np.stack([left, -left], axis=1).reshape(-1)
    source = write_wav(tmp_path / "in.wav", stereo, channels=2)

    decode(source, tmp_path / "out.wav", Limits())

    samples, _ = soundfile.read(tmp_path / "out.wav", dtype="float32")
    assert np.abs(samples).max() == pytest.approx(0.316, rel=0.01)


def test_it_notes_where_the_original_was_clipped(tmp_path: Path) -> None:
    samples = tone()
    samples[32_000:32_400] = 1.0
    source = write_wav(tmp_path / "in.wav", samples)

    facts = decode(source, tmp_path / "out.wav", Limits())

    assert facts.clipped_samples_by_step == {10: 400}


def test_a_refused_file_raises_its_reason_and_leaves_nothing(tmp_path: Path) -> None:
    source = write_wav(tmp_path / "in.wav", tone(), claimed_bytes=2**30)

    with pytest.raises(IngestError) as refusal:
        ingest(source, tmp_path / "out.wav")

    assert refusal.value.code is FaultCode.LYING_HEADER
    assert "export" in refusal.value.message
    assert not (tmp_path / "out.wav").exists()


def test_a_long_file_is_cut_off_at_the_limit(tmp_path: Path) -> None:
    source = encode(tmp_path / "in.aac", "aac", tone(rate_hz=48_000), container="adts")

    with pytest.raises(IngestError) as refusal:
        ingest(source, tmp_path / "out.wav", limits=Limits(max_duration_ms=1_500))

    assert refusal.value.code is FaultCode.TOO_LONG
    assert not (tmp_path / "out.wav").exists()


def test_a_child_that_cannot_write_its_output_dies_alone(tmp_path: Path) -> None:
    source = write_wav(tmp_path / "in.wav", tone())

    with pytest.raises(IngestError) as refusal:
        ingest(source, tmp_path / "missing" / "out.wav")

    assert refusal.value.code is FaultCode.CORRUPT


def test_it_stops_on_request(tmp_path: Path) -> None:
    with pytest.raises(PreparationStopped):
        ingest(DATA / "speaker_60s.flac", tmp_path / "out.wav", should_stop=lambda: True)

    assert not (tmp_path / "out.wav").exists()
