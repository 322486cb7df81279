"""Clips of many different voices that need no recordings: spoken by eSpeak NG."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from voiceassets.provenance.decode import decode
from voiceassets.workers.listening import RATE_HZ, Wave

PROGRAM = "espeak-ng"
# Variants that differ in their formants, each at a pitch of its own.
VARIANTS = (
    *("m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "f1", "f2", "f3", "f4", "f5"),
    *("Alex", "Andy", "Annie", "Diogo", "Lee", "Linda", "Michael", "Steph", "Tweaky"),
)
PITCHES = (38, 46, 54, 62)
WORDS = (
    "the train to the coast leaves at seven from platform nine",
    "please hold the line while we look for your order",
    "fresh coffee and warm bread are ready in the kitchen",
    "customers may return any item within thirty days",
    "the river was high after a week of heavy rain",
    "your ticket number is four eight one six two",
    "turn left at the bridge and follow the old wall",
    "our office will be closed on monday and tuesday",
    "a quiet morning in the garden is worth a journey",
    "the battery lasts about eleven hours on one charge",
)


def clips(*, voices: int, per_voice: int) -> dict[str, list[Wave]]:
    """Clips [s] at 16 kHz by voice, of two sentences each; no two clips say the same.

    Raises:
        FileNotFoundError: eSpeak NG is not installed.
        ValueError: more voices or clips are asked for than there are.
    """
    if voices > len(VARIANTS) or per_voice > len(WORDS) * (len(WORDS) - 1) // 4:
        raise ValueError(f"There are {len(VARIANTS)} voices.")
    pairs = [(a, b) for a in WORDS for b in WORDS if a != b]
    made: dict[str, list[Wave]] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.wav"
        for number, variant in enumerate(VARIANTS[:voices]):
            for first, second in pairs[number % 4 :: 4][:per_voice]:
                pitch = PITCHES[number % len(PITCHES)]
                subprocess.run(
                    [PROGRAM, "-v", f"en-us+{variant}", "-p", str(pitch), "-w", str(path),
                     f"{first}. {second}."],
                    check=True,
                    capture_output=True,
                )  # fmt: skip
                made.setdefault(variant, []).append(decode(path, sample_rate_hz=RATE_HZ))
    return made
