"""How speech is sent: an encoding, written while the sound arrives."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import dataclass, field
from typing import BinaryIO

import av
import numpy as np
from av.audio.stream import AudioStream

from voiceassets.api.wave_header import SAMPLE_RATE_HZ, wav_header
from voiceassets.assets.models import AudioFormat
from voiceassets.provenance.label import FIELD

# Samples and nothing else.
BARE = frozenset({"s16le", "mulaw", "alaw"})


@dataclass(frozen=True, kw_only=True)
class Wire:
    """One encoding of an answer; `stored` is the format its asset is kept in.

    An answer `as_stored` may be the asset's own file. A container that has no place for the
    implicit label is sent with the label in a header only.
    """

    stored: AudioFormat
    media_type: str
    container: str
    codec: str
    sample_format: str = "s16"
    rate_hz: int = SAMPLE_RATE_HZ
    bit_rate: int = 0
    as_stored: bool = False
    options: dict[str, str] = field(default_factory=dict)

    @property
    def carries_label(self) -> bool:
        """Whether the implicit label has a place in it."""
        return self.container not in BARE


WAV = Wire(
    stored=AudioFormat.WAV,
    media_type="audio/wav",
    container="wav",
    codec="pcm_s16le",
    as_stored=True,
)
FLAC = Wire(
    stored=AudioFormat.FLAC,
    media_type="audio/flac",
    container="flac",
    codec="flac",
    as_stored=True,
)
AAC = Wire(
    stored=AudioFormat.AAC,
    media_type="audio/aac",
    container="adts",
    codec="aac",
    sample_format="fltp",
    bit_rate=128_000,
    as_stored=True,
    options={"write_id3v2": "1"},
)


def mp3(*, rate_hz: int = SAMPLE_RATE_HZ, bit_rate: int = 128_000, as_stored: bool = False) -> Wire:
    return Wire(
        stored=AudioFormat.MP3,
        media_type="audio/mpeg",
        container="mp3",
        codec="libmp3lame",
        sample_format="s16p",
        rate_hz=rate_hz,
        bit_rate=bit_rate,
        as_stored=as_stored,
        options={"write_xing": "0"},
    )


def opus(*, bit_rate: int = 64_000, as_stored: bool = False) -> Wire:
    """Opus in Ogg, in pages of 20 ms, so that none waits for the next."""
    return Wire(
        stored=AudioFormat.OGG,
        media_type="audio/ogg",
        container="ogg",
        codec="libopus",
        rate_hz=48_000,
        bit_rate=bit_rate,
        as_stored=as_stored,
        options={"page_duration": "20000"},
    )


def raw(*, codec: str = "pcm_s16le", rate_hz: int = SAMPLE_RATE_HZ) -> Wire:
    """Samples without a header: 16-bit little-endian, or the telephone's 8-bit laws."""
    container = {"pcm_s16le": "s16le", "pcm_mulaw": "mulaw", "pcm_alaw": "alaw"}[codec]
    return Wire(
        stored=AudioFormat.WAV,
        media_type="audio/basic" if codec == "pcm_mulaw" else "audio/pcm",
        container=container,
        codec=codec,
        rate_hz=rate_hz,
    )


MP3, OPUS, RAW = mp3(as_stored=True), opus(as_stored=True), raw()


def encoded(pcm: Iterable[bytes], wire: Wire, *, label: str) -> Generator[bytes, None, None]:
    """The samples (16-bit mono at `SAMPLE_RATE_HZ`) in `wire`'s encoding, each chunk as it comes.

    A WAV is begun with a length nobody knows yet.
    """
    if wire == RAW:
        yield from pcm
        return
    if wire == WAV:
        yield wav_header(label)
        yield from pcm
        return
    sink = Sink()
    options = {"fflags": "+bitexact", "flush_packets": "1", **wire.options}
    resampler = av.AudioResampler(format=wire.sample_format, layout="mono", rate=wire.rate_hz)
    with av.open(sink, "w", format=wire.container, options=options) as target:
        target.metadata[FIELD] = label
        stream = target.add_stream(wire.codec, rate=wire.rate_hz, layout="mono")
        assert isinstance(stream, AudioStream)
        stream.codec_context.format = wire.sample_format
        if wire.bit_rate:
            stream.bit_rate = wire.bit_rate
        for chunk in pcm:
            frame = av.AudioFrame.from_ndarray(
                np.frombuffer(chunk, "<i2")[np.newaxis], format="s16", layout="mono"
            )
            frame.sample_rate = SAMPLE_RATE_HZ
            for converted in resampler.resample(frame):
                target.mux(stream.encode(converted))
            if sink:
                yield sink.take()
        for converted in resampler.resample(None):
            target.mux(stream.encode(converted))
        target.mux(stream.encode(None))
    yield sink.take()


def decoded(file: BinaryIO) -> Generator[bytes, None, None]:
    """The samples of an audio file, 16-bit mono at `SAMPLE_RATE_HZ`; the file is closed."""
    resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE_HZ)
    with file, av.open(file, "r") as source:
        for frame in source.decode(audio=0):
            for converted in resampler.resample(frame):
                yield converted.to_ndarray().tobytes()
    for converted in resampler.resample(None):
        yield converted.to_ndarray().tobytes()


class Sink:
    """What the muxer has written since it was last asked; without `seek`, like a socket."""

    def __init__(self) -> None:
        self._written = bytearray()

    def __bool__(self) -> bool:
        return bool(self._written)

    def write(self, content: bytes) -> int:
        self._written += content
        return len(content)

    def flush(self) -> None:
        """Nothing waits elsewhere."""

    def take(self) -> bytes:
        taken = bytes(self._written)
        self._written.clear()
        return taken
