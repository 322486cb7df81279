"""The watermark of the package `resemble-perth`, where it is installed (extra `watermark`).

Its network and weights come with it. It says that a mark is there and carries no id; as a program,
`python -m voiceassets.workers.watermarking FILE`, it prints what it finds in a file. Shapes: s
samples.
"""

from __future__ import annotations

import contextlib
import importlib.machinery
import importlib.util
import io
import json
import resource
import sys
import types
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import soxr
import torch
from django.conf import settings
from numpy.typing import NDArray

from synthesis import torchaudio_guard
from voiceassets.provenance.decode import decode
from voiceassets.provenance.watermark import LISTENER_RATE_HZ, Heard

PACKAGE = "perth"
NAME = "perth"
WINDOW_S = 3
SHORTEST_S = 0.5
MEMORY_BYTES = 8 * 1024**3

Wave = NDArray[np.float32]


class Perth:
    """Shifts magnitudes below 2 kHz by what hearing masks, and finds that again."""

    name = NAME

    def __init__(self) -> None:
        # The package says on standard output that it has read its weights.
        with contextlib.redirect_stdout(io.StringIO()):
            self._network: Any = _package().PerthImplicitWatermarker()

    @torch.inference_mode()
    def embed(self, wave_s: Wave, sample_rate_hz: int) -> Wave:
        """As many samples [s] as were given; the last few milliseconds stay as they are."""
        if len(wave_s) < SHORTEST_S * sample_rate_hz:
            return wave_s
        marked_s = self._network.apply_watermark(wave_s, sample_rate=sample_rate_hz)
        whole_s = wave_s.astype(np.float32, copy=True)
        length = min(len(whole_s), len(marked_s))
        whole_s[:length] = np.nan_to_num(marked_s[:length])
        return whole_s

    @torch.inference_mode()
    def detect(self, wave_s: Wave, sample_rate_hz: int) -> float:
        """The highest score of any three seconds: a part may come from elsewhere."""
        window = WINDOW_S * sample_rate_hz
        starts = range(0, max(len(wave_s) - window // 2, 1), window)
        scores = [self._score(wave_s[at : at + window], sample_rate_hz) for at in starts]
        return max(scores, default=0.0)

    def _score(self, wave_s: Wave, sample_rate_hz: int) -> float:
        if len(wave_s) < SHORTEST_S * sample_rate_hz or not np.any(wave_s):
            return 0.0
        found = self._network.get_watermark(wave_s, sample_rate=sample_rate_hz, round=False)
        return float(np.nan_to_num(found).reshape(-1)[0])


def is_installed() -> bool:
    return importlib.util.find_spec(PACKAGE) is not None


@cache
def watermark() -> Perth | None:
    """What speech is marked with here; None where it is not installed or switched off."""
    return Perth() if settings.LABEL_WATERMARK and is_installed() else None


def _package() -> types.ModuleType:
    """Import it without two packages that it uses one function of, each.

    Stand-ins for `librosa` and for what setuptools no longer has are taken away afterwards, since
    other packages look for the real ones.
    """
    torchaudio_guard.install()
    resources, librosa = types.ModuleType("pkg_resources"), types.ModuleType("librosa")
    resources.__dict__["resource_filename"] = _beside
    librosa.__dict__["resample"] = _resample
    stand_ins = [module for module in (resources, librosa) if module.__name__ not in sys.modules]
    for module in stand_ins:
        module.__spec__ = importlib.machinery.ModuleSpec(module.__name__, None)
        sys.modules[module.__name__] = module
    try:
        return importlib.import_module(PACKAGE)
    finally:
        for module in stand_ins:
            del sys.modules[module.__name__]


def _beside(package: str, name: str) -> str:
    return str(Path(sys.modules[package].__file__ or "").parent / name)


def _resample(wave_s: Wave, *, orig_sr: int, target_sr: int, **_: object) -> Wave:
    return np.asarray(soxr.resample(np.asarray(wave_s), orig_sr, target_sr), np.float32)


def main(argv: list[str]) -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    network = Perth()
    wave_s = decode(Path(argv[0]), sample_rate_hz=LISTENER_RATE_HZ, longest_s=120)
    heard = Heard(name=network.name, score=network.detect(wave_s, LISTENER_RATE_HZ))
    print(json.dumps(heard.as_dict()))  # noqa: T201  (the child's answer)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
