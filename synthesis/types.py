"""The values that enter and leave the engine."""

import math
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from synthesis.errors import BadSampling

Pcm = NDArray[np.float32]


class Precision(StrEnum):
    """How sound is computed: `exact` in float32 throughout, `fast` with a bfloat16 decoder.

    The words are the same in both, since phones and codes are always computed in float32.
    """

    EXACT = "exact"
    FAST = "fast"


@dataclass(frozen=True, kw_only=True)
class Sampling:
    """How tokens are drawn and how the sound is rendered; the defaults are the reference's."""

    top_k: int = 15
    top_p: float = 1.0
    temperature: float = 1.0
    repetition_penalty: float = 1.35
    noise_scale: float = 0.5
    speed: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        for name, low, high in (
            ("top_k", 1, 100_000),
            ("top_p", 0.0, 1.0),
            ("temperature", 0.0, 10.0),
            ("repetition_penalty", 0.1, 10.0),
            ("noise_scale", 0.0, 2.0),
            ("speed", 0.25, 4.0),
            ("seed", 0, 2**63 - 1),
        ):
            value = getattr(self, name)
            if not math.isfinite(value) or not low <= value <= high:
                raise BadSampling(
                    f"{name} must lie between {low} and {high}, not {value}.",
                    data={"field": name, "low": low, "high": high},
                )


@dataclass(frozen=True, kw_only=True)
class Utterance:
    """What to say: a text, its language ("auto" or a code such as "zh"), a style of the voice."""

    text: str
    language: str = "auto"
    style: str = "default"
    sampling: Sampling = field(default_factory=Sampling)


@dataclass(frozen=True, kw_only=True)
class SentenceReport:
    """What happened to one sentence; `tokens` counts semantic tokens of 40 ms."""

    text: str
    phones: tuple[str, ...]
    tokens: int
    attempts: int
    note: str


@dataclass(frozen=True, kw_only=True)
class Speech:
    """The spoken utterance: mono float32 samples, and the receipt of their 16-bit form."""

    pcm: Pcm
    sample_rate_hz: int
    seed: int
    pcm_sha256: str
    sentences: tuple[SentenceReport, ...]
