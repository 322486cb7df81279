"""`python -m tests.fuzz.media`: thousands of damaged files, each through the probe of uploads.

Every file is a sound in one of the formats below with something wrong in it. The probe runs as the
web process runs it, and has to answer: no crash, nothing over ten seconds, no more than 512 MB.
Prints a line per format; exits with 1 when one of that did not hold.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import av
import numpy as np
from av.audio.stream import AudioStream

LONGEST_S, MOST_BYTES = 10.0, 512 * 1024**2
# File name, container, codec, sample format.
FORMATS = (
    ("16.wav", "wav", "pcm_s16le", "s16"),
    ("float.wav", "wav", "pcm_f32le", "flt"),
    ("law.wav", "wav", "pcm_mulaw", "s16"),
    ("adpcm.wav", "wav", "adpcm_ms", "s16p"),
    ("x.w64", "w64", "pcm_s16le", "s16"),
    ("x.aiff", "aiff", "pcm_s16be", "s16"),
    ("x.au", "au", "pcm_s16be", "s16"),
    ("x.caf", "caf", "pcm_s16le", "s16"),
    ("x.flac", "flac", "flac", "s16"),
    ("x.mp3", "mp3", "libmp3lame", "s16p"),
    ("opus.ogg", "ogg", "libopus", "s16"),
    ("x.mp2", "mp2", "mp2", "s16"),
    ("x.aac", "adts", "aac", "fltp"),
    ("x.m4a", "ipod", "aac", "fltp"),
    ("x.mov", "mov", "alac", "s16p"),
    ("x.mkv", "matroska", "pcm_s16le", "s16"),
    ("x.webm", "webm", "libopus", "s16"),
    ("x.avi", "avi", "pcm_s16le", "s16"),
    ("x.wma", "asf", "mp2", "s16"),
    ("x.ts", "mpegts", "aac", "fltp"),
)
RATE_HZ, SECONDS = 48_000, 1.5


@dataclass
class Tally:
    """What the probe said of the mutants of one format, and what went wrong."""

    answers: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    longest_s: float = 0.0
    most_bytes: int = 0

    def __str__(self) -> str:
        said = ", ".join(f"{count} × {answer}" for answer, count in sorted(self.answers.items()))
        worst = f"longest {self.longest_s:.1f} s, most {self.most_bytes / 1024**2:.0f} MB"
        return f"{self.answers.total()} files, {len(self.failures)} failures, {worst}; {said}"


def sound(folder: Path, name: str, container: str, codec: str, sample_format: str) -> bytes:
    """A tone in a format, as an undamaged file."""
    path = folder / name
    wave = np.sin(np.arange(int(RATE_HZ * SECONDS)) / 20)[None].astype(np.float32)
    frame = av.AudioFrame.from_ndarray(wave, format="fltp", layout="mono")
    frame.sample_rate = RATE_HZ
    with av.open(str(path), "w", format=container) as target:
        stream = target.add_stream(codec, rate=RATE_HZ, layout="mono")
        assert isinstance(stream, AudioStream)
        stream.codec_context.format = sample_format
        stream.codec_context.open()
        size = stream.codec_context.frame_size or 1024
        pieces = av.AudioResampler(
            format=sample_format, layout="mono", rate=RATE_HZ, frame_size=size
        )
        for piece in [*pieces.resample(frame), *pieces.resample(None)]:
            target.mux(stream.encode(piece))
        target.mux(stream.encode(None))
    return path.read_bytes()


def flipped(content: bytearray, chance: random.Random) -> bytearray:
    for _ in range(chance.choice((1, 4, 64))):
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    return content


def flipped_head(content: bytearray, chance: random.Random) -> bytearray:
    for _ in range(chance.choice((1, 2, 8))):
        content[chance.randrange(min(256, len(content)))] = chance.randrange(256)
    return content


def cut(content: bytearray, chance: random.Random) -> bytearray:
    return content[: chance.randrange(1, len(content))]


def without_a_part(content: bytearray, chance: random.Random) -> bytearray:
    start = chance.randrange(len(content))
    del content[start : start + chance.randrange(1, 4096)]
    return content or bytearray(1)


def with_a_part_twice(content: bytearray, chance: random.Random) -> bytearray:
    start = chance.randrange(len(content))
    part = content[start : start + chance.randrange(1, 8192)]
    content[start:start] = part * chance.choice((1, 2, 50))
    return content


def with_a_huge_number(content: bytearray, chance: random.Random) -> bytearray:
    """Where a length, a count or a rate may be."""
    start = chance.randrange(min(512, len(content)))
    value = chance.choice((b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f", bytes(4)))
    content[start : start + 4] = value
    return content


def with_noise(content: bytearray, chance: random.Random) -> bytearray:
    start = chance.randrange(len(content))
    content[start : start + 1024] = chance.randbytes(min(1024, len(content) - start))
    return content


DAMAGES: tuple[Callable[[bytearray, random.Random], bytearray], ...] = (
    flipped,
    flipped_head,
    cut,
    without_a_part,
    with_a_part_twice,
    with_a_huge_number,
    with_noise,
)


# A child is charged with the memory of whoever started it, so a small process starts the probe.
_STARTER = """
import json, resource, subprocess, sys
done = subprocess.run(sys.argv[1:], capture_output=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
print(json.dumps([done.returncode, used, done.stdout.decode()]))
"""


def probe(path: Path) -> tuple[str, float, int]:
    """The answer, the seconds it took, and the most memory that was resident."""
    begun_s = time.monotonic()
    command = [sys.executable, "-c", _STARTER, sys.executable, "-m", "training.prepare.probe"]
    done = subprocess.run([*command, str(path)], stdout=subprocess.PIPE, check=True)
    status, used_bytes, text = json.loads(done.stdout)
    if status not in {0, 1} or not text:
        answer = f"died with {status}"
    else:
        content = json.loads(text)
        answer = "ok" if content["ok"] else str(content["code"])
    return answer, time.monotonic() - begun_s, used_bytes


def try_format(name: str, whole: bytes, *, count: int, number: int, folder: Path) -> Tally:
    """Send `count` damaged copies of a file through the probe."""
    tally = Tally()
    for index in range(count):
        chance = random.Random(f"{name} {number} {index}")
        damage = DAMAGES[index % len(DAMAGES)]
        path = folder / f"{index}-{name}"
        path.write_bytes(damage(bytearray(whole), chance))
        answer, took_s, used_bytes = probe(path)
        tally.answers[answer] += 1
        tally.longest_s = max(tally.longest_s, took_s)
        tally.most_bytes = max(tally.most_bytes, used_bytes)
        if answer.startswith("died") or took_s > LONGEST_S or used_bytes > MOST_BYTES:
            tally.failures.append(
                f"{name} {damage.__name__} {number} {index}: {answer}, {took_s:.1f} s"
            )
        path.unlink()
    return tally


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.media", description=__doc__)
    parser.add_argument("--each", type=int, default=256, help="files of each format (256)")
    parser.add_argument("--number", type=int, default=1, help="another number, other damage")
    parser.add_argument("--at-once", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    total = Tally()
    with tempfile.TemporaryDirectory(prefix="voiceassets-media-") as root:
        folder = Path(root)

        def run(form: tuple[str, str, str, str]) -> tuple[str, Tally]:
            whole = sound(folder, *form)
            tally = try_format(
                form[0], whole, count=options.each, number=options.number, folder=folder
            )
            return form[0], tally

        with ThreadPoolExecutor(options.at_once) as pool:
            for name, tally in pool.map(run, FORMATS):
                print(f"{name}: {tally}", *tally.failures, sep="\n", flush=True)
                total.answers += tally.answers
                total.failures += tally.failures
                total.longest_s = max(total.longest_s, tally.longest_s)
                total.most_bytes = max(total.most_bytes, tally.most_bytes)
    print(f"{len(FORMATS)} formats: {total}")
    return 1 if total.failures else 0


if __name__ == "__main__":
    sys.exit(main())
