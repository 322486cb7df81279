"""How a text is to be spoken: settings with their ranges, and the limits of a request."""

from __future__ import annotations

import math
import secrets
from dataclasses import asdict, dataclass
from typing import Any

from voiceassets.core.errors import Invalid

MAX_CHARACTERS = 5000
MAX_SEED = 2**63 - 1
RANGES: dict[str, tuple[float, float]] = {
    "speed": (0.25, 4.0),
    "top_k": (1, 100_000),
    "top_p": (0.0, 1.0),
    "temperature": (0.0, 10.0),
    "repetition_penalty": (0.1, 10.0),
    "noise_scale": (0.0, 2.0),
    "volume_db": (-60.0, 20.0),
    "pause_scale": (0.0, 10.0),
    "seed": (0, MAX_SEED),
}


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """Settings of the engine. What is left out is the voice's own, which its bundle holds.

    Without a seed one is drawn, and kept, so that the speech can be repeated.
    """

    speed: float | None = None
    top_k: int | None = None
    top_p: float | None = None
    temperature: float | None = None
    repetition_penalty: float | None = None
    noise_scale: float | None = None
    volume_db: float | None = None
    pause_scale: float | None = None
    seed: int | None = None

    def as_settings(self) -> dict[str, Any]:
        """Every setting that was asked for, by name, and a seed.

        Raises:
            Invalid: one is outside its range.
        """
        settings = {name: value for name, value in asdict(self).items() if value is not None}
        settings.setdefault("seed", secrets.randbits(31))
        for name, value in settings.items():
            low, high = RANGES[name]
            if not math.isfinite(value) or not low <= value <= high:
                raise Invalid(f"{name} must lie between {low} and {high}.", field=name)
        return settings


def require_speakable(text: str) -> str:
    """The text without surrounding space; whether it has phones the engine finds out."""
    text = text.strip()
    if not text:
        raise Invalid("There is no text to speak.", field="text")
    if len(text) > MAX_CHARACTERS:
        raise Invalid(
            f"The text has {len(text)} characters; send at most {MAX_CHARACTERS} at a time.",
            field="text",
        )
    if "\0" in text:
        raise Invalid("The text holds a NUL character; remove it.", field="text")
    return text
