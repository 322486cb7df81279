"""Where each container carries a text field of ours (TC260-PG-202510A): write it, read it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import av
from mutagen import id3
from mutagen.flac import FLAC
from mutagen.oggopus import OggOpus
from mutagen.oggvorbis import OggVorbis

from voiceassets.provenance import riff

# mutagen is only partly annotated.
ID3: Any = id3.ID3
TXXX: Any = id3.TXXX
ID3_HEADER_BYTES = 10
# ISO 11172-3 never uses layer 0 in a frame's header; ADTS (ISO 13818-7) always does.
MPEG_LAYER = 0x06


@dataclass(frozen=True, kw_only=True)
class Carrier:
    """How one container keeps a field; both work on the file in place, `read` never changes it."""

    write: Callable[[Path, str, str], None]
    read: Callable[[Path, str], str | None]


class Container(StrEnum):
    """What a file is, by its first bytes and not by its name."""

    WAVE = "wav"
    MPEG = "mp3"
    AAC = "aac"
    FLAC = "flac"
    OPUS = "opus"
    VORBIS = "vorbis"
    MP4 = "m4a"


def container_of(path: Path) -> Container | None:
    """A tag may stand before the sound: what a file is, the bytes after it say."""
    with path.open("rb") as file:
        opening = file.read(64)
        tagged = opening[:3] == b"ID3"
        if tagged:
            file.seek(ID3_HEADER_BYTES + _id3_size(opening))
            opening = file.read(64)
    if opening[:4] == b"RIFF" and opening[8:12] == b"WAVE":
        return Container.WAVE
    if opening[:4] == b"fLaC":
        return Container.FLAC
    if opening[:4] == b"OggS":
        return Container.OPUS if b"OpusHead" in opening else Container.VORBIS
    if opening[4:8] == b"ftyp":
        return Container.MP4
    if opening[:1] == b"\xff" and opening[1:2] >= b"\xe0":
        return Container.MPEG if opening[1] & MPEG_LAYER else Container.AAC
    return Container.MPEG if tagged else None


def carrier_of(path: Path) -> Carrier | None:
    """The carrier for what the file is."""
    match container_of(path):
        case Container.WAVE:
            return WAVE
        case Container.MPEG | Container.AAC:
            return ID3_TEXT
        case Container.FLAC:
            return FLAC_COMMENT
        case Container.OPUS:
            return OPUS_COMMENT
        case Container.VORBIS:
            return VORBIS_COMMENT
        case Container.MP4:
            return MP4_KEYS
    return None


def _id3_size(opening: bytes) -> int:
    """Of the tag without its header: four times seven bits."""
    size = 0
    for byte in opening[6:ID3_HEADER_BYTES]:
        size = size << 7 | byte & 0x7F
    return size


def _write_wave(path: Path, field: str, text: str) -> None:
    riff.write_chunk(path, field.encode(), text.encode())


def _read_wave(path: Path, field: str) -> str | None:
    data = riff.read_chunk(path, field.encode())
    return None if data is None else data.decode()


def _write_id3(path: Path, field: str, text: str) -> None:
    try:
        tags = ID3(path)
    except id3.ID3NoHeaderError:
        tags = ID3()
    tags.delall(f"TXXX:{field}")
    tags.add(TXXX(encoding=id3.Encoding.UTF8, desc=field, text=[text]))
    tags.save(path)


def _read_id3(path: Path, field: str) -> str | None:
    try:
        frames = ID3(path).getall(f"TXXX:{field}")
    except id3.ID3NoHeaderError:
        return None
    return str(frames[0].text[0]) if frames else None


def _comments(kind: Callable[[Path], Any]) -> Carrier:
    def write(path: Path, field: str, text: str) -> None:
        file = kind(path)
        if file.tags is None:
            file.add_tags()
        file.tags[field] = [text]
        file.save()

    def read(path: Path, field: str) -> str | None:
        values = (kind(path).tags or {}).get(field)
        return str(values[0]) if values else None

    return Carrier(write=write, read=read)


def _write_mp4(path: Path, field: str, text: str) -> None:
    """moov.udta.meta with keys and ilst, which only a muxer told to use them writes."""
    aside = path.with_name(f"{path.name}.labelled")
    try:
        with (
            av.open(str(path)) as source,
            av.open(
                str(aside), "w", format="ipod", options={"movflags": "+use_metadata_tags+faststart"}
            ) as target,
        ):
            target.metadata.update({**source.metadata, field: text})
            copies = {
                stream.index: target.add_stream_from_template(stream)
                for stream in source.streams.audio
            }
            for packet in source.demux(*source.streams.audio):
                if packet.dts is not None:
                    packet.stream = copies[packet.stream.index]
                    target.mux(packet)
        shutil.copymode(path, aside)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def _read_mp4(path: Path, field: str) -> str | None:
    with av.open(str(path)) as file:
        return file.metadata.get(field)


WAVE = Carrier(write=_write_wave, read=_read_wave)
ID3_TEXT = Carrier(write=_write_id3, read=_read_id3)
FLAC_COMMENT = _comments(FLAC)
OPUS_COMMENT = _comments(OggOpus)
VORBIS_COMMENT = _comments(OggVorbis)
MP4_KEYS = Carrier(write=_write_mp4, read=_read_mp4)
