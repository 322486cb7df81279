"""How alike is the same voice: limits for each encoder, found by calibration and kept in one file.

Without limits an encoder's scores mean nothing, so it is not asked.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.conf import settings


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """Cosines. A pair at or above `same` is one voice; below `stranger` surely two.

    `same` is where as many pairs of two voices pass as pairs of one fail (the equal error rate);
    `no_go` stops one stranger in twenty, who may appeal, so that fewer altered clips slip through;
    `repitched` does so for the best of a clip's copies that were raised and lowered: of thirteen
    one is sooner alike by chance. `stranger` is what half of the pairs of two voices stay below.
    """

    same: float
    no_go: float
    stranger: float
    equal_error_rate: float
    voices: int
    clips: int
    repitched: float | None = None


def of(encoder: str) -> Thresholds | None:
    """The limits of an encoder, or None when it was never calibrated."""
    found = _read().get(encoder)
    return Thresholds(**found) if found else None


def keep(encoder: str, thresholds: Thresholds) -> Path:
    """Write down what calibration has found, beside what is known of other encoders."""
    path: Path = settings.VOICEPRINT_THRESHOLDS
    path.parent.mkdir(parents=True, exist_ok=True)
    everything = _read() | {encoder: asdict(thresholds)}
    aside = path.with_name(f".{path.name}.partial")
    aside.write_text(json.dumps(everything, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    aside.replace(path)
    return path


def _read() -> dict[str, dict[str, Any]]:
    path: Path = settings.VOICEPRINT_THRESHOLDS
    if not path.exists():
        return {}
    content: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return content
