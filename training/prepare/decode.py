"""Decodes a recording to mono float32 WAV at the model's rate, in a process that may die of it.

Started by training.prepare.ingest; prints one JSON line, either {"ok": true, ...DecodedFacts} or
{"ok": false, "code": ..., "reason": ...} with the codes of training.prepare.faults.
"""

import argparse
import json
import sys
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from training.prepare.claims import claimed_duration_ms, require_claim
from training.prepare.faults import FaultCode, MediaFault, describe
from training.prepare.limits import GIBIBYTE, Limits, ProcessLimits
from training.prepare.media import PacketDecoder, open_media, packet_end_ms
from training.prepare.riff import wave_fault

SAMPLE_RATE_HZ: Final = 32_000
"""The rate of the models' waveforms; everything after ingest lives at it."""
FULL_SCALE: Final = 0.999
"""Samples from here on count as clipped; one step below the top of every integer format."""
CANCELLATION_DB: Final = -10.0
"""When the channels' mean lies this far below their loudest, they are out of phase."""
CLIPPING_STEP_MS: Final = 100
WALL_LIMIT_S: Final = 900


@dataclass(frozen=True, kw_only=True)
class DecodedFacts:
    """What the file was before it became mono, and where it was clipped."""

    container: str
    codec: str
    original_sample_rate_hz: int
    original_channels: int
    has_video: bool
    duration_ms: int
    clipped_samples_by_step: dict[int, int]
    """Clipped samples of all channels per CLIPPING_STEP_MS; steps without any are left out."""


class _MonoWriter:
    """Downmixes, resamples and writes blocks, and keeps count of what it saw."""

    def __init__(self, destination: Path, sample_rate_hz: int, *, channel: int | None) -> None:
        self.clipped: Counter[int] = Counter()
        self.channel_power: NDArray[np.float64] | None = None
        self.mean_power = 0.0
        self.peak = 0.0
        self._seen = 0
        self._channel = channel
        self._step_samples = sample_rate_hz * CLIPPING_STEP_MS / 1_000
        self._resampler = soxr.ResampleStream(sample_rate_hz, SAMPLE_RATE_HZ, 1, dtype="float32")
        self._file = soundfile.SoundFile(
            destination, "w", samplerate=SAMPLE_RATE_HZ, channels=1, format="WAV", subtype="FLOAT"
        )

    def add(self, block_cs: NDArray[np.float32]) -> None:
        """Take float32 [c, s] at the original rate."""
        mean_s = block_cs.mean(axis=0)
        power_c = np.square(block_cs, dtype=np.float64).sum(axis=1)
        self.channel_power = power_c if self.channel_power is None else self.channel_power + power_c
        self.mean_power += float(np.square(mean_s, dtype=np.float64).sum())
        magnitude_cs = np.abs(block_cs)
        self.peak = max(self.peak, float(magnitude_cs.max(initial=0.0)))
        at = self._seen + np.nonzero(magnitude_cs >= FULL_SCALE)[1]
        self.clipped.update((at / self._step_samples).astype(int).tolist())
        self._seen += block_cs.shape[1]
        mono_s = mean_s if self._channel is None else block_cs[self._channel]
        self._file.write(self._resampler.resample_chunk(np.ascontiguousarray(mono_s)))

    def close(self) -> None:
        """Write what the resampler still holds."""
        self._file.write(self._resampler.resample_chunk(np.zeros(0, np.float32), last=True))
        self._file.close()

    def better_channel(self) -> int | None:
        """The loudest channel, when mixing cancelled the sound; None when the mix is sound."""
        if self.channel_power is None:
            return None
        loudest = int(self.channel_power.argmax())
        cancelled = self.mean_power < self.channel_power[loudest] * 10 ** (CANCELLATION_DB / 10)
        return loudest if cancelled else None


def decode(source: Path, destination: Path, limits: Limits) -> DecodedFacts:
    """Write `destination`; raises MediaFault for every file that cannot become a recording."""
    if source.stat().st_size > limits.max_bytes:
        raise MediaFault(FaultCode.TOO_LARGE, limits)
    if (fault := wave_fault(source)) is not None:
        raise MediaFault(fault, limits)
    facts, channel = _decode_once(source, destination, limits, channel=None)
    if channel is not None:
        facts, _ = _decode_once(source, destination, limits, channel=channel)
    return facts


def _decode_once(
    source: Path, destination: Path, limits: Limits, *, channel: int | None
) -> tuple[DecodedFacts, int | None]:
    reached_ms = 0
    with open_media(source, limits) as media:
        claimed_ms = claimed_duration_ms(source, media)
        if claimed_ms is not None and claimed_ms > limits.max_duration_ms:
            raise MediaFault(FaultCode.TOO_LONG, limits)
        decoder = PacketDecoder(media, limits)
        writer = _MonoWriter(destination, media.sample_rate_hz, channel=channel)
        for packet in media.packets():
            reached_ms = max(reached_ms, packet_end_ms(packet))
            if packet.stream.index != media.stream.index:
                continue
            for block_cs in decoder.decode(packet):
                writer.add(block_cs)
            if decoder.duration_ms > limits.max_duration_ms:
                raise MediaFault(FaultCode.TOO_LONG, limits)
        writer.close()
    decoder.require_health()
    require_claim(claimed_ms, decoded_ms=decoder.duration_ms, reached_ms=reached_ms, limits=limits)
    if decoder.duration_ms < limits.min_duration_ms:
        raise MediaFault(FaultCode.TOO_SHORT, limits)
    if writer.peak < 10 ** (limits.silence_dbfs / 20):
        raise MediaFault(FaultCode.SILENT, limits)
    facts = DecodedFacts(
        container=media.format_name,
        codec=media.codec_name,
        original_sample_rate_hz=media.sample_rate_hz,
        original_channels=media.channels,
        has_video=media.has_video,
        duration_ms=decoder.duration_ms,
        clipped_samples_by_step=dict(writer.clipped),
    )
    return facts, writer.better_channel()


def process_limits(limits: Limits) -> ProcessLimits:
    """Room for the longest recording and its output, and not for more."""
    samples = limits.max_duration_ms * SAMPLE_RATE_HZ // 1_000
    return ProcessLimits(
        memory_bytes=GIBIBYTE + GIBIBYTE // 2,
        cpu_s=WALL_LIMIT_S,
        file_bytes=samples * 4 + 1024**2,
    )


def main() -> int:
    """Limit this process, decode, print the line."""
    parser = argparse.ArgumentParser(prog="python -m training.prepare.decode", description=__doc__)
    parser.add_argument("source", type=Path)
    parser.add_argument("destination", type=Path)
    Limits.add_options(parser)
    parsed = parser.parse_args()
    limits = Limits.from_options(parsed)
    process_limits(limits).impose_on_this_process()
    try:
        answer = {"ok": True, **asdict(decode(parsed.source, parsed.destination, limits))}
    except MediaFault as fault:
        answer = {"ok": False, "code": fault.code, "reason": fault.reason}
    except (MemoryError, soundfile.LibsndfileError):
        corrupt = FaultCode.CORRUPT
        answer = {"ok": False, "code": corrupt, "reason": describe(corrupt, limits)}
    sys.stdout.write(json.dumps(answer) + "\n")
    return 0 if answer["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
