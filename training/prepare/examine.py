"""Decides within a time budget whether an uploaded file is a recording worth keeping."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from av.packet import Packet
from av.stream import Stream

from training.prepare.claims import claimed_duration_ms, require_claim
from training.prepare.faults import FaultCode, MediaFault
from training.prepare.limits import Limits
from training.prepare.media import OpenMedia, PacketDecoder, open_media, packet_end_ms
from training.prepare.riff import wave_fault

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
        claimed_ms = claimed_duration_ms(path, media)
        if claimed_ms is not None and claimed_ms > limits.max_duration_ms:
            raise MediaFault(FaultCode.TOO_LONG, limits)
        walk = _Walk(media, limits, stop_s=started_s + limits.probe_budget_s)
        walk.run()
    facts = MediaFacts(
        container=media.format_name,
        codec=media.codec_name,
        duration_ms=walk.duration_ms,
        declared_duration_ms=media.declared_duration_ms,
        sample_rate_hz=media.sample_rate_hz,
        channels=media.channels,
        has_video=media.has_video,
        complete=walk.decoded_all,
    )
    if walk.decoded_all:
        walk.decoder.require_health()
        require_claim(
            claimed_ms,
            decoded_ms=walk.decoder.duration_ms,
            reached_ms=walk.reached_ms,
            limits=limits,
        )
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
        for packet in self._media.packets():
            now_s = time.monotonic()
            if now_s > self._stop_s:
                self.decoded_all = self.counted_all = False
                break
            self.reached_ms = max(self.reached_ms, packet_end_ms(packet))
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


def _require_duration(facts: MediaFacts, limits: Limits) -> None:
    if facts.duration_ms > limits.max_duration_ms:
        raise MediaFault(FaultCode.TOO_LONG, limits)
    if facts.duration_ms < limits.min_duration_ms:
        raise MediaFault(FaultCode.TOO_SHORT, limits)
