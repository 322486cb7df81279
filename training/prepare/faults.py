"""The reasons for which a media file is refused, each with a sentence that says what to do."""

from enum import StrEnum
from typing import Final

from training.prepare.limits import Limits


class FaultCode(StrEnum):
    """Stable names of what can be wrong with a file; part of the probe's contract."""

    EMPTY_FILE = "empty_file"
    TOO_LARGE = "too_large"
    NOT_AUDIO = "not_audio"
    NO_AUDIO_STREAM = "no_audio_stream"
    CORRUPT = "corrupt"
    TRUNCATED = "truncated"
    LYING_HEADER = "lying_header"
    TOO_LONG = "too_long"
    TOO_SHORT = "too_short"
    SILENT = "silent"
    NOT_FINITE = "not_finite"
    UNSUPPORTED_RATE = "unsupported_rate"
    TOO_MANY_CHANNELS = "too_many_channels"
    TIMED_OUT = "timed_out"


REASONS: Final[dict[FaultCode, str]] = {
    FaultCode.EMPTY_FILE: "The file is empty; choose the recording again and upload it once more.",
    FaultCode.TOO_LARGE: (
        "The file is larger than {max_megabytes} MB; cut it into parts or upload compressed audio."
    ),
    FaultCode.NOT_AUDIO: (
        "The file is no audio or video that can be read; "
        "export the recording as WAV, FLAC, MP3, M4A, OGG or MP4 and upload that."
    ),
    FaultCode.NO_AUDIO_STREAM: (
        "The file has pictures but no sound; upload a video that has its sound track."
    ),
    FaultCode.CORRUPT: (
        "The sound cannot be decoded because the file is damaged; export it again and upload that."
    ),
    FaultCode.TRUNCATED: (
        "The file ends before its own header says; the upload or export was cut off, repeat it."
    ),
    FaultCode.LYING_HEADER: (
        "The header of the file contradicts its content; open it in an audio editor and export it."
    ),
    FaultCode.TOO_LONG: (
        "The recording is longer than {max_minutes} minutes; cut it and upload the parts."
    ),
    FaultCode.TOO_SHORT: (
        "The recording is shorter than {min_seconds:g} s; record at least a whole sentence."
    ),
    FaultCode.SILENT: (
        "The recording is silent; check the microphone and its level, then record again."
    ),
    FaultCode.NOT_FINITE: (
        "The file holds samples that are no numbers or far too large; export it as 16-bit audio."
    ),
    FaultCode.UNSUPPORTED_RATE: (
        "The sample rate is outside {min_rate_hz}-{max_rate_hz} Hz; export the recording at 48000."
    ),
    FaultCode.TOO_MANY_CHANNELS: (
        "The recording has more than {max_channels} channels; export it as mono or stereo."
    ),
    FaultCode.TIMED_OUT: (
        "The file took too long to read; export it in a common format such as WAV or MP3."
    ),
}


class MediaFault(Exception):
    """A file is refused: `code` for machines, `reason` for people."""

    def __init__(self, code: FaultCode, limits: Limits) -> None:
        self.code = code
        self.reason = describe(code, limits)
        super().__init__(f"{code}: {self.reason}")


def describe(code: FaultCode, limits: Limits) -> str:
    """The sentence for people, with the limit that was broken."""
    return REASONS[code].format(
        max_megabytes=limits.max_bytes // 1024**2,
        max_minutes=limits.max_duration_ms // 60_000,
        min_seconds=limits.min_duration_ms / 1_000,
        min_rate_hz=limits.min_sample_rate_hz,
        max_rate_hz=limits.max_sample_rate_hz,
        max_channels=limits.max_channels,
    )
