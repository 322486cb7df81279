"""The start of a WAV that is sent while it is being made."""

from __future__ import annotations

import struct

from voiceassets.provenance.label import FIELD

SAMPLE_RATE_HZ, CHANNELS, SAMPLE_BYTES = 32_000, 1, 2
RIFF = struct.Struct("<4sI")
UNKNOWN_LENGTH = 0xFFFFFFFF


def wav_header(label: str) -> bytes:
    """The start of a WAV whose length nobody knows yet; its implicit label precedes the samples."""
    frame_bytes = CHANNELS * SAMPLE_BYTES
    form = struct.pack(
        "<HHIIHH",
        1,
        CHANNELS,
        SAMPLE_RATE_HZ,
        SAMPLE_RATE_HZ * frame_bytes,
        frame_bytes,
        SAMPLE_BYTES * 8,
    )
    spelled = label.encode()
    return (
        RIFF.pack(b"RIFF", UNKNOWN_LENGTH)
        + b"WAVE"
        + RIFF.pack(b"fmt ", len(form))
        + form
        + RIFF.pack(FIELD.encode(), len(spelled))
        + spelled
        + b"\0" * (len(spelled) % 2)
        + RIFF.pack(b"data", UNKNOWN_LENGTH)
    )
