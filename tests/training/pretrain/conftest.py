"""A corpus of hums and hisses with known times, small enough to learn from in a test."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

RATE_HZ = 32_000
PHONES = {"AA1": 700.0, "IY1": 2300.0, "S": 0.0, "UW1": 400.0, ".": -1.0}
PITCH_HZ = {"low": 110.0, "high": 220.0}

RECIPE = """
name = "hums"
languages = ["en"]
seed = 3
[content]
width = 16
layers = 1
heads = 2
inner = 32
channels = [8, 8, 8, 8, 8, 8, 8]
[semantic]
vocabulary = 17
width = 16
heads = 2
layers = 1
bert_width = 4
[acoustic]
codes = 16
ssl_width = 16
latent = 8
hidden = 16
inner = 32
layers = 2
heads = 2
style_channels = 16
mixer_width = 16
mixer_heads = 2
flow_layers = 1
couplings = 2
posterior_layers = 1
decoder = "source_filter"
decoder_width = 16
decoder_blocks = 1
log_magnitudes = true
"""
STAGES = ("content", "autoencoder", "prior", "semantic", "recognizer", "speaker", "decoder")


@pytest.fixture(scope="session")
def hums(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The corpus folder: two voices, ten utterances each, in the format of `training corpus`."""
    folder = tmp_path_factory.mktemp("hums")
    chance = np.random.default_rng(1)
    lines, waves, start = [], [], 0
    for number in range(20):
        voice = ("low", "high")[number % 2]
        phones = [*chance.choice(list(PHONES)[:4], size=int(chance.integers(3, 6))), "."]
        lengths = chance.integers(3000, 7000, size=len(phones))
        edges = 3000 + np.concatenate([[0], np.cumsum(lengths)])
        wave = np.zeros(int(edges[-1]) + 3000)
        for phone, first, last in zip(phones, edges, edges[1:], strict=False):
            wave[first:last] = sound(PHONES[str(phone)], PITCH_HZ[voice], last - first, chance)
        waves.append((wave * 32767).astype("<i2"))
        line = {
            "id": f"{number:04d}",
            "text": "",
            "language": "en",
            "voice": voice,
            "split": "texts" if number >= 18 else "train",
            "phones": [str(p) for p in phones],
            "edges": edges.tolist(),
            "start": start,
            "samples": len(wave),
        }
        lines.append(json.dumps(line))
        start += len(wave)
    (folder / "wave.i16").write_bytes(b"".join(w.tobytes() for w in waves))
    (folder / "utterances.jsonl").write_text("\n".join(lines) + "\n")
    return folder


def sound(
    formant_hz: float, pitch_hz: float, samples: int, chance: np.random.Generator
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Harmonics around a formant; noise for a formant of 0, silence below that."""
    if formant_hz < 0:
        return np.zeros(samples)
    if formant_hz == 0:
        return 0.05 * chance.standard_normal(samples)
    harmonics = pitch_hz * np.arange(1, int(4000 / pitch_hz))
    gains = np.exp(-(((harmonics - formant_hz) / 300) ** 2)) + 0.05
    phases = 2 * np.pi * np.outer(harmonics, np.arange(samples)) / RATE_HZ
    tone = gains @ np.cos(phases)
    return np.asarray(0.1 * tone / np.abs(tone).max())


def recipe(folder: Path, steps: int, *, first_line: str = "") -> Path:
    """A recipe file in which every stage takes so many steps."""
    paces = "".join(
        f"[stages.{name}]\nsteps = {steps}\nbatch = 4\nkeep_every_steps = 2\n" for name in STAGES
    )
    path = folder / f"recipe-{steps}.toml"
    path.write_text(first_line + RECIPE + paces)
    return path
