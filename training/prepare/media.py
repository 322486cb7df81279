"""Opens a media file with PyAV so that nothing but the file itself can be reached, and decodes it.

Shapes: c = channels, s = samples.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import av
import av.logging
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream
from numpy.typing import NDArray

from training.prepare.faults import FaultCode, MediaFault
from training.prepare.limits import Limits

FORMATS: Final = (
    "aac,ac3,aiff,amr,ape,asf,au,avi,caf,eac3,flac,flv,matroska,webm,mov,mp4,m4a,3gp,3g2,mj2,"
    "mp3,mpeg,mpegts,ogg,tta,w64,wav,wv"
)
"""Containers that hold their own sound: no playlist, no image sequence, no device, no raw dump."""
_PCM: Final = (
    "pcm_alaw pcm_f32be pcm_f32le pcm_f64be pcm_f64le pcm_mulaw pcm_s16be pcm_s16le pcm_s24be "
    "pcm_s24le pcm_s32be pcm_s32le pcm_s8 pcm_u8 pcm_bluray pcm_dvd"
)
_CODED: Final = (
    "aac ac3 adpcm_ima_qt adpcm_ima_wav adpcm_ms alac amrnb amrwb ape eac3 flac gsm_ms "
    "libopencore_amrnb libopencore_amrwb libopus mp2 mp2float mp3 mp3float opus tta vorbis wavpack "
    "wmalossless wmapro wmav1 wmav2 wmavoice"
)
CODECS: Final = frozenset(f"{_PCM} {_CODED}".split())
"""Decoders that may run; video decoders are left out, a picture is never decoded here."""
OPTIONS: Final = {
    "format_whitelist": FORMATS,
    "codec_whitelist": ",".join(sorted(CODECS)),
    "protocol_whitelist": "file",
}
FOREIGN_MAGIC: Final = (
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"%PDF",
    b"\x7fELF",
    b"\x1f\x8b",
    b"Rar!",
    b"7z\xbc",
)
"""Archives and documents: sound stored inside one must not be found by scanning for MP3 frames."""
LARGEST_SAMPLE: Final = 1_000.0
"""60 dB above full scale: whoever wrote more wrote something else than sound."""
TOLERATED_BAD_PACKETS: Final = 2
TOLERATED_BAD_SHARE: Final = 0.01


@dataclass(frozen=True, kw_only=True)
class OpenMedia:
    """An opened file, its best audio stream, and what its header claims."""

    container: InputContainer
    stream: AudioStream
    format_name: str
    codec_name: str
    sample_rate_hz: int
    channels: int
    has_video: bool
    declared_duration_ms: int | None

    def packets(self) -> "Iterator[Packet[Stream]]":
        """Every packet of every stream that the header tells of.

        Raises OSError where another stream began on the way, which only damage does: PyAV looks
        for it in the header's list.
        """
        try:
            yield from self.container.demux()
        except IndexError as error:
            raise OSError("a stream began on the way") from error


@contextmanager
def open_media(path: Path, limits: Limits) -> Iterator[OpenMedia]:
    """Open `path` and choose its best audio stream.

    Raises MediaFault for what the header alone rules out, and in place of libav's errors while the
    caller reads.
    """
    av.logging.set_level(av.logging.PANIC)
    with path.open("rb") as file:
        if file.read(8).startswith(FOREIGN_MAGIC):
            raise MediaFault(FaultCode.NOT_AUDIO, limits)
        file.seek(0)
        try:
            # A file object has no name, so neither a path nor an extension can steer libav.
            container = av.open(file, mode="r", options=OPTIONS, metadata_errors="replace")
        except (av.FFmpegError, ValueError, OSError) as error:
            raise MediaFault(_fault_of_unopenable(path), limits) from error
        with container:
            media = _choose_stream(container, limits)
            try:
                yield media
            except (av.FFmpegError, OSError) as error:
                # libav follows an offset of the file to nowhere, or gives up on its structure.
                raise MediaFault(FaultCode.CORRUPT, limits) from error


def _fault_of_unopenable(path: Path) -> FaultCode:
    """A MP4 that was cut off lacks the index at its end and looks like no media at all."""
    with path.open("rb") as file:
        opening = file.read(12)
    known = opening[4:8] == b"ftyp" or opening[:4] in (b"fLaC", b"OggS", b"RIFF", b"\x1aE\xdf\xa3")
    return FaultCode.TRUNCATED if known else FaultCode.NOT_AUDIO


def _choose_stream(container: InputContainer, limits: Limits) -> OpenMedia:
    stream = container.streams.best("audio")
    if not isinstance(stream, AudioStream):
        has_pictures = bool(container.streams.video)
        code = FaultCode.NO_AUDIO_STREAM if has_pictures else FaultCode.NOT_AUDIO
        raise MediaFault(code, limits)
    # libav holds its own probing to the list of decoders, but PyAV takes any decoder for a stream,
    # or none where libav has none, whatever its types promise.
    context: AudioCodecContext | None = getattr(stream, "codec_context", None)
    if context is None or context.name not in CODECS:
        raise MediaFault(FaultCode.NOT_AUDIO, limits)
    rate_hz, channels = context.sample_rate or 0, context.channels
    if channels > limits.max_channels:
        raise MediaFault(FaultCode.TOO_MANY_CHANNELS, limits)
    if not limits.min_sample_rate_hz <= rate_hz <= limits.max_sample_rate_hz:
        raise MediaFault(FaultCode.UNSUPPORTED_RATE, limits)
    return OpenMedia(
        container=container,
        stream=stream,
        format_name=container.format.name,
        codec_name=context.name,
        sample_rate_hz=rate_hz,
        channels=channels,
        has_video=bool(container.streams.video),
        declared_duration_ms=None if not container.duration else container.duration // 1_000,
    )


def packet_end_ms(packet: "Packet[Stream]") -> int:
    """When the packet's sound or picture ends; 0 for a packet that does not say."""
    if packet.pts is None or packet.time_base is None:
        return 0
    return int((packet.pts + (packet.duration or 0)) * packet.time_base * 1_000)


class PacketDecoder:
    """Turns packets of one stream into samples and counts the packets that would not decode."""

    def __init__(self, media: OpenMedia, limits: Limits) -> None:
        self._media = media
        self._limits = limits
        self._to_float = av.AudioResampler(format="fltp", rate=media.sample_rate_hz)
        self.packets = 0
        self.bad_packets = 0
        self.samples = 0

    def decode(self, packet: "Packet[Stream]") -> Iterator[NDArray[np.float32]]:
        """Yield float32 [c, s] blocks at the stream's own rate; a packet with no bytes flushes.

        Raises MediaFault(not_finite) for samples that are no sound, (corrupt) when the layout
        changes on the way or too much of the stream does not decode.
        """
        self.packets += 1
        try:
            frames = packet.decode()
        except av.FFmpegError:
            self.bad_packets += 1
            return
        for frame in frames:
            if isinstance(frame, AudioFrame):
                yield from self._blocks(frame)

    def _blocks(self, frame: AudioFrame) -> Iterator[NDArray[np.float32]]:
        media = self._media
        if (
            frame.sample_rate != media.sample_rate_hz
            or len(frame.layout.channels) != media.channels
        ):
            raise MediaFault(FaultCode.CORRUPT, self._limits)
        for converted in self._to_float.resample(frame):
            block_cs = converted.to_ndarray().astype(np.float32, copy=False)
            # A comparison with "not a number" is false, so this refuses those as well.
            if not (np.abs(block_cs) <= LARGEST_SAMPLE).all():
                raise MediaFault(FaultCode.NOT_FINITE, self._limits)
            self.samples += block_cs.shape[1]
            yield block_cs

    @property
    def duration_ms(self) -> int:
        """How much was decoded so far."""
        return self.samples * 1_000 // self._media.sample_rate_hz

    def require_health(self) -> None:
        """Raise MediaFault(corrupt | not_audio) when too many packets did not decode."""
        if self.bad_packets and not self.samples:
            raise MediaFault(FaultCode.NOT_AUDIO, self._limits)
        tolerated = max(TOLERATED_BAD_PACKETS, TOLERATED_BAD_SHARE * self.packets)
        if self.bad_packets > tolerated:
            raise MediaFault(FaultCode.CORRUPT, self._limits)
