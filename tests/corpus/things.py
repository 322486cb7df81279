"""Recordings and what workers report of them, for the tests of this room."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

from tests.factories import Person, make_file, worker_of
from voiceassets.corpus import services
from voiceassets.corpus.inspection import Facts
from voiceassets.corpus.models import Recording
from voiceassets.corpus.prepared import Doubt, PreparedRecording, PreparedSegment
from voiceassets.corpus.transcripts import TranscriptFormat
from voiceassets.speakers.models import Speaker
from voiceassets.storage.models import Purpose

FACTS = Facts(
    container="wav",
    codec="pcm_s16le",
    duration_ms=60_000,
    declared_duration_ms=60_000,
    sample_rate_hz=48_000,
    channels=1,
    has_video=False,
    complete=True,
)
GOOD: Mapping[str, float | None] = {
    "duration_ms": 60_000,
    "original_sample_rate_hz": 48_000,
    "channels": 1,
    "effective_bandwidth_hz": 15_000,
    "loudness_lufs": -23.0,
    "true_peak_dbtp": -3.0,
    "clipping_share": 0.0,
    "noise_floor_dbfs": -65.0,
    "snr_db": 42.0,
    "speech_share": 0.8,
    "dc_offset": 0.0001,
    "longest_silence_ms": 900,
    "decay_ms": 90,
    "tonal_background_db": -70.0,
    "pause_flatness": 0.98,
    "syllable_modulation": 0.7,
}
DOUBTFUL = {**GOOD, "snr_db": 17.0}
NOISY = {**GOOD, "snr_db": 6.0}
NO_TEXT = "No transcript came with the recording."
numbers = itertools.count()


def make_transcript(owner: Person, text: str = "你好。") -> services.TranscriptUpload:
    stored, written = make_file(owner.tenant, text.encode(), purpose=Purpose.TRANSCRIPT)
    return services.TranscriptUpload(object=stored, written=written, format=TranscriptFormat.TEXT)


def make_recording(
    owner: Person, speaker: Speaker, *, with_text: bool = True, **changes: Any
) -> Recording:
    """A recording as it stands after the upload: its job waits for a worker."""
    sound, written = make_file(owner.tenant, b"sound", purpose=Purpose.RECORDING)
    wanted = {"original_name": "take 1.wav", "language": "zh", **changes}
    transcript = make_transcript(owner) if with_text else None
    with owner.scope() as actor:
        return services.upload_recording(
            actor,
            speaker=speaker,
            object=sound,
            written=written,
            facts=FACTS,
            transcript=transcript,
            **wanted,
        )


def make_segment(
    owner: Person,
    *,
    report: Mapping[str, float | None] = GOOD,
    sound: bytes = b"",
    doubts: tuple[Doubt, ...] = (),
) -> PreparedSegment:
    """A slice a worker has stored; with no `sound` given, unlike any other."""
    number = next(numbers)
    stored, written = make_file(
        owner.tenant, sound or f"clip {number}".encode(), purpose=Purpose.SEGMENT
    )
    return PreparedSegment(
        start_ms=number * 5_000,
        end_ms=number * 5_000 + 4_000,
        object=stored,
        written=written,
        text=f"第{number}句。",
        language="zh",
        report={**report, "duration_ms": 4_000},
        doubts=doubts,
    )


def finish(
    owner: Person,
    recording: Recording,
    *segments: PreparedSegment,
    report: Mapping[str, float | None] = GOOD,
    note: str = "",
    doubts: tuple[Doubt, ...] = (),
) -> Recording:
    """What a worker reports of `recording`, from its start to its end."""
    worker = worker_of(owner.tenant)
    prepared = PreparedRecording(
        report=report,
        transcript_note=note,
        segments=segments,
        dropped=({"start_ms": 0, "end_ms": 90, "reason": "silence", "detail": "Nothing."},),
        doubts=doubts,
    )
    with owner.scope():
        services.start_preparation(worker, recording=recording)
        return services.finish_preparation(worker, recording=recording, prepared=prepared)


def make_accepted(owner: Person, speaker: Speaker, *, clips: int = 2) -> Recording:
    segments = [make_segment(owner) for _ in range(clips)]
    return finish(owner, make_recording(owner, speaker), *segments)
