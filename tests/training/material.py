"""Sounds and dataset folders for tests: wavering hums with a sentence each."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.prepare.clips import wav_bytes
from training.prepare.manifest import ClipSource, freeze

Samples = NDArray[np.int16]
RATE_HZ = 32_000
SENTENCES = (
    ("您好，很高兴为您服务。", 3.2),
    ("今天天气很好。", 1.6),
    ("Please hold the line.", 1.8),
    ("请稍等，我帮您查一下。", 2.4),
)


def hum(duration_s: float, *, pitch_hz: float, seed: int) -> Samples:
    """Return a wavering tone with some noise, as 16-bit samples."""
    t = np.arange(int(RATE_HZ * duration_s)) / RATE_HZ
    tone = np.sin(2 * np.pi * pitch_hz * t) * (0.5 + 0.4 * np.sin(9 * t))
    noise = np.random.default_rng(seed).standard_normal(len(t))
    return ((0.3 * tone + 0.02 * noise) * 32767).astype("<i2")


def write_dataset(folder: Path, clips: Sequence[tuple[str, Samples]]) -> Path:
    """Freeze clips, each a text and its 16-bit samples, as the dataset folder `folder`."""
    sources = []
    for i, (text, samples) in enumerate(clips):
        wav = folder.with_name(f"{folder.name}-{i}.wav")
        wav.write_bytes(wav_bytes(samples))
        language = "en" if text.isascii() else "zh"
        sources.append(
            ClipSource(
                wav_path=wav, text=text, language=language, recording_id="rec", segment_id=str(i)
            )
        )
    freeze(sources, folder)
    return folder
