"""Compares the duration that a container claims with the one that was found in it."""

from pathlib import Path
from typing import Final

from training.prepare.faults import FaultCode, MediaFault
from training.prepare.limits import Limits
from training.prepare.media import OpenMedia

ESTIMATING_FORMATS: Final = frozenset({"aac", "ac3", "amr", "eac3", "mpeg", "mpegts"})
"""Containers without an index: their declared duration is a guess from the bit rate."""
XING_SEARCH_BYTES: Final = 4096


def claimed_duration_ms(path: Path, media: OpenMedia) -> int | None:
    """What the header states as a fact; None when it says nothing or only estimates."""
    if media.format_name == "mp3":
        return media.declared_duration_ms if _has_frame_count(path) else None
    return None if media.format_name in ESTIMATING_FORMATS else media.declared_duration_ms


def _has_frame_count(path: Path) -> bool:
    """MP3 states its length only in a Xing or Info frame, which follows the ID3 tag."""
    with path.open("rb") as file:
        tag = file.read(10)
        start = 0
        if tag[:3] == b"ID3":
            # The size is written in seven bits per byte (ID3v2.4, section 6.2).
            shifts = (21, 14, 7, 0)
            start = 10 + sum(byte << shift for byte, shift in zip(tag[6:], shifts, strict=False))
        file.seek(start)
        opening = file.read(XING_SEARCH_BYTES)
    return b"Xing" in opening or b"Info" in opening


def require_claim(
    claimed_ms: int | None, *, decoded_ms: int, reached_ms: int, limits: Limits
) -> None:
    """Hold a claim against a complete decode; other streams of the file may reach further.

    Raises MediaFault(truncated) when less is there than claimed, (lying_header) when more is.
    """
    if claimed_ms is None:
        return
    if max(decoded_ms, reached_ms) < claimed_ms - max(500, claimed_ms // 20):
        raise MediaFault(FaultCode.TRUNCATED, limits)
    if decoded_ms > claimed_ms + max(1_000, claimed_ms // 10):
        raise MediaFault(FaultCode.LYING_HEADER, limits)
