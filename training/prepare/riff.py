"""Checks the header of a WAV file against the file, before any decoder believes it."""

import struct
from pathlib import Path
from typing import BinaryIO, Final

from training.prepare.faults import FaultCode

PLAIN_FORMATS: Final = frozenset({0x0001, 0x0003, 0xFFFE})
"""PCM, IEEE float and EXTENSIBLE: the ones whose byte rate follows from the other fields."""
STREAMED_SIZE: Final = 0x7FFF_0000
"""Writers to a pipe cannot know the size and put a number from here up to 2**32 - 1."""
PADDING_BYTES: Final = 4096
"""Recorders round files up to a disk block; that much after the data says nothing."""
MOST_CHUNKS: Final = 1_000
"""Nobody writes more before the data; a file made of empty chunks would be walked for minutes."""
FAR_MORE: Final = 10
"""A header that promises ten times what is there was never a cut-off upload."""


def wave_fault(path: Path) -> FaultCode | None:
    """What is wrong with the header of a RIFF WAVE file; None for a good one and other files."""
    file_bytes = path.stat().st_size
    with path.open("rb") as file:
        opening = file.read(12)
        if opening[:4] != b"RIFF" or opening[8:12] != b"WAVE":
            return None
        for _ in range(MOST_CHUNKS):
            chunk = file.read(8)
            if len(chunk) < 8:
                return FaultCode.TRUNCATED
            name, size = chunk[:4], struct.unpack("<I", chunk[4:])[0]
            start = file.tell()
            if name == b"fmt " and not _format_is_consistent(file.read(min(size, 16))):
                return FaultCode.LYING_HEADER
            if name == b"data":
                return _data_size_fault(file, size, file_bytes - start)
            if start + size > file_bytes:
                return FaultCode.TRUNCATED
            file.seek(start + size + size % 2)
    return FaultCode.LYING_HEADER


def _format_is_consistent(fields: bytes) -> bool:
    if len(fields) < 16:
        return False
    tag, channels, rate_hz, bytes_per_s, block_bytes, bits = struct.unpack("<HHIIHH", fields)
    if tag not in PLAIN_FORMATS:
        return True
    return bool(
        channels > 0
        and block_bytes == channels * ((bits + 7) // 8)
        and bytes_per_s == rate_hz * block_bytes
    )


def _data_size_fault(file: BinaryIO, claimed: int, present: int) -> FaultCode | None:
    if claimed >= STREAMED_SIZE or (claimed == 0 and present > 0):
        return None
    if claimed > present:
        return FaultCode.LYING_HEADER if claimed > FAR_MORE * present else FaultCode.TRUNCATED
    rest = present - claimed - claimed % 2
    if rest <= PADDING_BYTES:
        return None
    file.seek(claimed + claimed % 2, 1)
    name, size = struct.unpack("<4sI", file.read(8))
    is_chunk = all(0x20 <= byte < 0x7F for byte in name) and size <= rest - 8
    return None if is_chunk else FaultCode.LYING_HEADER
