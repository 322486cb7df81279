"""Where each container carries a text field of ours (TC260-PG-202510A): write it, read it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
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


@dataclass(frozen=True, kw_only=True)
class Carrier:
    """How one container keeps a field; both work on the file in place, `read` never changes it."""

    write: Callable[[Path, str, str], None]
    read: Callable[[Path, str], str | None]


def carrier_of(path: Path) -> Carrier | None:
    """The carrier for what the file is, by its first bytes and not by its name."""
    with path.open("rb") as file:
        opening = file.read(64)
    if opening[:4] == b"RIFF" and opening[8:12] == b"WAVE":
        return WAVE
    if opening[:4] == b"fLaC":
        return FLAC_COMMENT
    if opening[:4] == b"OggS":
        return OPUS_COMMENT if b"OpusHead" in opening else VORBIS_COMMENT
    if opening[4:8] == b"ftyp":
        return MP4_KEYS
    if opening[:3] == b"ID3" or (opening[:1] == b"\xff" and opening[1:2] >= b"\xe0"):
        return ID3_TEXT
    return None


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
