"""From an uploaded file to measured slices with texts, the way a worker calls it."""

import hashlib
import wave
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.training.prepare.conftest import Prepared
from tests.training.prepare.sounds import DATA
from training.prepare.decode import SAMPLE_RATE_HZ
from training.prepare.ingest import PreparationStopped
from training.prepare.pieces import DropReason
from training.prepare.pipeline import PreparedRecording, prepare_recording
from training.prepare.transcribe import Transcript, TranscriptFormat, parse_transcript


def transcript_of(name: str, recording: str) -> Transcript:
    kind = TranscriptFormat(name.rsplit(".", 1)[-1])
    return parse_transcript((DATA / name).read_bytes(), kind, recording_name=recording)


def prepare(recording: str, transcript: str, folder: Path) -> PreparedRecording:
    return prepare_recording(
        DATA / recording, transcript_of(transcript, recording), language="auto", work_dir=folder
    )


@pytest.mark.parametrize("transcript", ["speaker_60s.srt", "speaker_60s.list"])
def test_every_sentence_of_the_sample_becomes_a_clip(
    tmp_path: Path, transcript: str, sample: PreparedRecording
) -> None:
    prepared = sample
    if transcript.endswith(".list"):
        prepared = prepare("speaker_60s.flac", transcript, tmp_path)

    assert not prepared.needs_transcript
    assert len(prepared.segments) == 16
    assert [segment.language for segment in prepared.segments] == ["zh", "en"] * 8
    assert prepared.segments[1].text == "Thank you for calling, this is the service desk speaking."
    assert min(segment.report.snr_db for segment in prepared.segments) > 35
    assert {drop.reason for drop in prepared.dropped} == {DropReason.SILENCE}


def test_clips_are_canonical_files_named_by_their_hash(tmp_path: Path) -> None:
    prepared = prepare("short_video.mp4", "short_video.srt", tmp_path)

    assert sorted(tmp_path.rglob("*.*")) == sorted(s.wav_path for s in prepared.segments)
    for segment in prepared.segments:
        content = segment.wav_path.read_bytes()
        assert segment.wav_path.name == f"{hashlib.sha256(content).hexdigest()}.wav"
        with wave.open(str(segment.wav_path)) as file:
            assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
            assert file.getframerate() == SAMPLE_RATE_HZ
            assert file.getnframes() == (segment.end_ms - segment.start_ms) * 32


def test_the_noisy_sample_measures_as_noisy(tmp_path: Path) -> None:
    prepared = prepare("noisy.mp3", "noisy.srt", tmp_path)

    assert prepared.report.snr_db < 10
    assert max(segment.report.snr_db for segment in prepared.segments) < 12


def test_a_recording_without_a_transcript_waits_for_one(tmp_path: Path) -> None:
    prepared = prepare_recording(DATA / "short_video.mp4", None, language="zh", work_dir=tmp_path)

    assert prepared.needs_transcript
    assert "upload one" in prepared.transcript_note
    assert prepared.segments
    assert all(segment.text is None for segment in prepared.segments)


def test_a_transcript_that_cannot_be_placed_says_why(tmp_path: Path) -> None:
    text = parse_transcript(
        "\n".join(f"第{n}句话" for n in range(40)).encode(),
        TranscriptFormat.TEXT,
        recording_name="short_video.mp4",
    )

    prepared = prepare_recording(DATA / "short_video.mp4", text, language="zh", work_dir=tmp_path)

    assert prepared.needs_transcript
    assert "40 lines" in prepared.transcript_note


def test_repeated_sentences_are_dropped_with_the_reason_kept(
    speaker: Prepared, tmp_path: Path
) -> None:
    per_ms = SAMPLE_RATE_HZ // 1_000
    first, second = (
        speaker.samples[: 5_300 * per_ms],
        speaker.samples[5_300 * per_ms : 9_500 * per_ms],
    )
    hiss = np.random.default_rng(4).standard_normal(len(first) + 77).astype("f4") * 1e-3
    first_again = np.concatenate([np.zeros(77, "f4"), first * 0.8]) + hiss
    source = tmp_path / "repeats.wav"
    soundfile.write(source, np.concatenate([first, second, first_again, second]), SAMPLE_RATE_HZ)

    unread = prepare_recording(source, None, language="zh", work_dir=tmp_path / "unread")
    content = (
        "您好，这里是客户服务中心，很高兴为您服务。\nThank you for calling, this is the desk.\n"
    )
    text = parse_transcript(content.encode() * 2, TranscriptFormat.TEXT, recording_name="a")
    read = prepare_recording(source, text, language="auto", work_dir=tmp_path / "read")

    assert [segment.start_ms < 9_500 for segment in unread.segments] == [True, True]
    repeats = [drop for drop in unread.dropped if drop.reason is not DropReason.SILENCE]
    assert {drop.reason for drop in repeats} <= {DropReason.REPEATED_AUDIO, DropReason.DUPLICATE}
    assert len(repeats) == 2
    assert len(read.segments) == 2
    assert [drop.reason for drop in read.dropped].count(DropReason.REPEATED_TEXT) == 2
    assert "Repeats the slice at" in repeats[0].detail


def test_segments_and_drops_account_for_every_millisecond(tmp_path: Path) -> None:
    prepared = prepare("speaker_60s.flac", "speaker_60s.srt", tmp_path)

    places = [(segment.start_ms, segment.end_ms) for segment in prepared.segments]
    places = sorted(places + [(drop.start_ms, drop.end_ms) for drop in prepared.dropped])
    assert (places[0][0], places[-1][1]) == (0, prepared.report.duration_ms)
    assert all(before[1] == after[0] for before, after in pairwise(places))


def test_it_reports_progress_and_stops_on_request(tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []

    with pytest.raises(PreparationStopped):
        prepare_recording(
            DATA / "speaker_60s.flac",
            None,
            language="zh",
            work_dir=tmp_path,
            on_progress=lambda *step: seen.append(step),
            should_stop=lambda: bool(seen) and seen[-1][:2] == ("cut", 3),
        )

    assert [stage for stage, *_ in seen][-1] == "cut"
    assert {stage for stage, *_ in seen} == {"decode", "listen", "cut"}
    assert not (tmp_path / "recording.wav").exists()
