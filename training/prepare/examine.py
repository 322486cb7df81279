"""Decides within a time budget whether an uploaded file is a recording worth keeping."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from av.packet import Packet
from av.stream import Stream

from training.prepare.faults import FaultCode, MediaFault
from training.prepare.limits import Limits
from training.prepare.media import OpenMedia, PacketDecoder, open_media
from training.prepare.riff import wave_fault

ESTIMATING_FORMATS: Final = frozenset({"aac", "ac3", "amr", "eac3", "mp3", "mpeg", "mpegts"})
"""Containers without an index: their declared duration is a guess from the bit rate."""
XING_SEARCH_BYTES: Final = 4096
SILENT_OPENING_MS: Final = 5 * 60 * 1_000
"""So long a silence at the start is enough to refuse a file that could not be heard to its end."""
COUNTING_SHARE: Final = 0.2
"""Share of the budget kept for counting packets after decoding has to stop."""


@dataclass(frozen=True, kw_only=True)
class MediaFacts:
    """What the probe found; `complete` says whether every sample was decoded and looked at."""

    container: str
    codec: str
    duration_ms: int
    declared_duration_ms: int | None
    sample_rate_hz: int
    channels: int
    has_video: bool
    complete: bool


def examine(path: Path, limits: Limits, *, started_s: float) -> MediaFacts:
    """Open, decode as far as the budget reaches, and compare what is claimed with what is there.

    `started_s` is the time.monotonic() from which `limits.probe_budget_s` counts.
    Raises MediaFault with one of the codes of FaultCode.
    """
    file_bytes = path.stat().st_size
    if file_bytes == 0:
        raise MediaFault(FaultCode.EMPTY_FILE, limits)
    if file_bytes > limits.max_bytes:
        raise MediaFault(FaultCode.TOO_LARGE, limits)
    if (fault := wave_fault(path)) is not None:
        raise MediaFault(fault, limits)
    with open_media(path, limits) as media:
        declared_ms = media.declared_duration_ms
        is_guess = _duration_is_a_guess(path, media)
        if declared_ms is not None and declared_ms > limits.max_duration_ms and not is_guess:
            raise MediaFault(FaultCode.TOO_LONG, limits)
        walk = _Walk(media, limits, stop_s=started_s + limits.probe_budget_s)
        walk.run()
    facts = MediaFacts(
        container=media.format_name,
        codec=media.codec_name,
        duration_ms=walk.duration_ms,
        declared_duration_ms=declared_ms,
        sample_rate_hz=media.sample_rate_hz,
        channels=media.channels,
        has_video=media.has_video,
        complete=walk.decoded_all,
    )
    if walk.decoded_all:
        walk.decoder.require_health()
        if not is_guess:
            _compare_with_claim(walk, declared_ms, limits)
    _require_duration(facts, limits)
    heard_enough = walk.decoded_all or walk.decoder.duration_ms >= SILENT_OPENING_MS
    if heard_enough and walk.loudest < 10 ** (limits.silence_dbfs / 20):
        raise MediaFault(FaultCode.SILENT, limits)
    return facts


class _Walk:
    """One pass over the packets: decodes until the budget says count, counts until it says stop."""

    def __init__(self, media: OpenMedia, limits: Limits, *, stop_s: float) -> None:
        self.decoder = PacketDecoder(media, limits)
        self.loudest = 0.0
        self.decoded_all = True
        self.counted_all = True
        self.reached_ms = 0
        self._media = media
        self._limits = limits
        self._stop_s = stop_s
        self._decode_until_s = stop_s - COUNTING_SHARE * limits.probe_budget_s

    @property
    def duration_ms(self) -> int:
        """Decoded when all was decoded, else the best that header and packet times tell."""
        if self.decoded_all:
            return self.decoder.duration_ms
        declared_ms = self._media.declared_duration_ms or 0
        return self.reached_ms if self.counted_all else max(self.reached_ms, declared_ms)

    def run(self) -> None:
        """Raises MediaFault as soon as a packet proves that the file is unfit."""
        for packet in self._media.container.demux():
            now_s = time.monotonic()
            if now_s > self._stop_s:
                self.decoded_all = self.counted_all = False
                break
            if packet.pts is not None and packet.time_base is not None:
                end = (packet.pts + (packet.duration or 0)) * packet.time_base
                self.reached_ms = max(self.reached_ms, int(end * 1_000))
            if packet.stream.index != self._media.stream.index:
                continue
            if now_s > self._decode_until_s:
                self.decoded_all = False
            if self.decoded_all:
                self._listen(packet)
            if max(self.decoder.duration_ms, self.reached_ms) > self._limits.max_duration_ms:
                raise MediaFault(FaultCode.TOO_LONG, self._limits)

    def _listen(self, packet: "Packet[Stream]") -> None:
        for block_cs in self.decoder.decode(packet):
            self.loudest = max(self.loudest, float(np.abs(block_cs).max(initial=0.0)))


def _duration_is_a_guess(path: Path, media: OpenMedia) -> bool:
    """MP3 declares its length only in a Xing or Info frame, which follows the ID3 tag."""
    if media.format_name != "mp3":
        return media.format_name in ESTIMATING_FORMATS
    with path.open("rb") as file:
        tag = file.read(10)
        if tag[:3] == b"ID3":
            # The size is written in seven bits per byte (ID3v2.4, section 6.2).
            size = sum(byte << shift for byte, shift in zip(tag[6:], (21, 14, 7, 0), strict=True))
            file.seek(10 + size)
        else:
            file.seek(0)
        opening = file.read(XING_SEARCH_BYTES)
    return b"Xing" not in opening and b"Info" not in opening


def _compare_with_claim(walk: _Walk, declared_ms: int | None, limits: Limits) -> None:
    if declared_ms is None:
        return
    present_ms = max(walk.decoder.duration_ms, walk.reached_ms)
    if present_ms < declared_ms - max(500, declared_ms // 20):
        raise MediaFault(FaultCode.TRUNCATED, limits)
    if walk.decoder.duration_ms > declared_ms + max(1_000, declared_ms // 10):
        raise MediaFault(FaultCode.LYING_HEADER, limits)


def _require_duration(facts: MediaFacts, limits: Limits) -> None:
    if facts.duration_ms > limits.max_duration_ms:
        raise MediaFault(FaultCode.TOO_LONG, limits)
    if facts.duration_ms < limits.min_duration_ms:
        raise MediaFault(FaultCode.TOO_SHORT, limits)
