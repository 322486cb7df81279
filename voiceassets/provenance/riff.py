"""The chunks of a WAV file: one of our own beside those that are there."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

HEADER = struct.Struct("<4sI")
CHUNKS_START = 12
MAX_SIZE = 2**32 - 1


class NotWave(Exception):
    """The file is not a RIFF WAVE file whose chunks can be walked."""


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """Where a chunk lies; `start` is the position of its header, `size` the length of its data."""

    name: bytes
    start: int
    size: int

    @property
    def end(self) -> int:
        """Chunks begin at even positions: one of odd size is followed by a zero."""
        return self.start + HEADER.size + self.size + self.size % 2


def read_chunk(path: Path, name: bytes) -> bytes | None:
    """The data of the first chunk called `name`."""
    with path.open("rb") as file:
        for chunk in _chunks(file):
            if chunk.name == name:
                file.seek(chunk.start + HEADER.size)
                return file.read(chunk.size)
    return None


def write_chunk(path: Path, name: bytes, data: bytes) -> None:
    """Put `data` at the end of the file as its only chunk called `name`.

    Raises:
        NotWave: not a WAV file, or one that has that chunk elsewhere than at its end.
    """
    with path.open("r+b") as file:
        chunks = list(_chunks(file))
        kept = [chunk for chunk in chunks if chunk.name != name]
        if not kept or kept != chunks[: len(kept)]:
            raise NotWave(f"{path.name} has an {name.decode()} chunk in an unexpected place")
        end = kept[-1].end
        size = end + HEADER.size + len(data) + len(data) % 2
        if size - HEADER.size > MAX_SIZE:
            raise NotWave(f"{path.name} would exceed 4 GiB")
        file.truncate(min(end, _length(file)))
        file.seek(_length(file))
        file.write(b"\0" * (end - _length(file)))
        file.write(HEADER.pack(name, len(data)) + data + b"\0" * (len(data) % 2))
        file.seek(0)
        file.write(HEADER.pack(b"RIFF", size - HEADER.size))


def _chunks(file: BinaryIO) -> Iterator[Chunk]:
    length = _length(file)
    file.seek(0)
    opening = file.read(CHUNKS_START)
    if len(opening) < CHUNKS_START or opening[:4] != b"RIFF" or opening[8:] != b"WAVE":
        raise NotWave("no RIFF WAVE header")
    at = CHUNKS_START
    while at + HEADER.size <= length:
        file.seek(at)
        name, size = HEADER.unpack(file.read(HEADER.size))
        if at + HEADER.size + size > length:
            raise NotWave(f"the chunk {name!r} is longer than the file")
        chunk = Chunk(name=name, start=at, size=size)
        yield chunk
        at = chunk.end


def _length(file: BinaryIO) -> int:
    return os.fstat(file.fileno()).st_size
