"""The values that enter and leave the engine."""

import math
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from synthesis.errors import BadSampling
from synthesis.text import NO_WORDS, Cuts, Lexicon, Profile

Pcm = NDArray[np.float32]


class Precision(StrEnum):
    """How sound is computed: `exact` in float32 throughout, `fast` with a bfloat16 decoder.

    The words are the same in both, since phones and codes are always computed in float32.
    """

    EXACT = "exact"
    FAST = "fast"


def _require_within(settings: object, *ranges: tuple[str, float, float]) -> None:
    """Refuse a field of `settings` that is set and outside its range."""
    for name, low, high in ranges:
        value = getattr(settings, name)
        if value is not None and not (math.isfinite(value) and low <= value <= high):
            raise BadSampling(
                f"{name} must lie between {low} and {high}, not {value}.",
                data={"field": name, "low": low, "high": high},
            )


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
        _require_within(
            self,
            ("top_k", 1, 100_000),
            ("top_p", 0.0, 1.0),
            ("temperature", 0.0, 10.0),
            ("repetition_penalty", 0.1, 10.0),
            ("noise_scale", 0.0, 2.0),
            ("speed", 0.25, 4.0),
            ("seed", 0, 2**63 - 1),
        )


@dataclass(frozen=True, kw_only=True)
class Pauses:
    """Silence after a sentence by what closes it; `scale` lengthens or shortens all of them.

    Inside a sentence the voice makes its own pauses.
    """

    clause_ms: int = 180
    sentence_ms: int = 300
    ellipsis_ms: int = 450
    line_ms: int = 400
    paragraph_ms: int = 700
    scale: float = 1.0

    def __post_init__(self) -> None:
        names = ("clause_ms", "sentence_ms", "ellipsis_ms", "line_ms", "paragraph_ms")
        _require_within(self, *((name, 0, 10_000) for name in names), ("scale", 0.0, 10.0))


@dataclass(frozen=True, kw_only=True)
class Finish:
    """What is done to the sound after the voice.

    Every sentence is brought to `loudness_lufs` (ITU-R BS.1770-4; None leaves it as it is) with
    one gain that changes slowly from sentence to sentence, then by `volume_db`, and no peak
    between samples exceeds `peak_dbtp`. Silence around sentences is cut when `trim` says so, and
    silence inside one is shortened to `longest_silence_ms`. Without `sample_rate_hz` the sound
    keeps the voice's rate.
    """

    loudness_lufs: float | None = -18.0
    volume_db: float = 0.0
    peak_dbtp: float = -1.0
    trim: bool = True
    longest_silence_ms: int = 700
    sample_rate_hz: int | None = None

    def __post_init__(self) -> None:
        _require_within(
            self,
            ("loudness_lufs", -40.0, -6.0),
            ("volume_db", -60.0, 20.0),
            ("peak_dbtp", -20.0, 0.0),
            ("longest_silence_ms", 100, 10_000),
            ("sample_rate_hz", 8_000, 192_000),
        )


@dataclass(frozen=True, kw_only=True)
class Utterance:
    """What to say, and how: a text, its language ("auto" or a code such as "zh"), a style.

    The text may be SSML or hold inline markup (docs/text.md). A sentence that a voice spoils is
    tried again with another seed, `attempts` times in all. With `timestamps` the report tells when
    each word is heard, for some work more.
    """

    text: str
    language: str = "auto"
    style: str = "default"
    sampling: Sampling = field(default_factory=Sampling)
    lexicon: Lexicon = NO_WORDS
    profile: Profile = "studio"
    cuts: Cuts = field(default_factory=Cuts)
    pauses: Pauses = field(default_factory=Pauses)
    finish: Finish = field(default_factory=Finish)
    attempts: int = 3
    timestamps: bool = False

    def __post_init__(self) -> None:
        _require_within(self, ("attempts", 1, 20))


class Fault(StrEnum):
    """What can be wrong with a spoken sentence."""

    NO_TOKENS = "no_tokens"
    NOT_A_NUMBER = "not_a_number"
    SILENT = "silent"
    RAN_AWAY = "ran_away"
    TOO_FEW_TOKENS = "too_few_tokens"
    TOO_MANY_TOKENS = "too_many_tokens"
    TOKEN_LOOP = "token_loop"  # noqa: S105  a token of sound
    LATE_ONSET = "late_onset"
    CLIPPED_ONSET = "clipped_onset"
    SILENCE_HOLE = "silence_hole"
    CLIPPING = "clipping"


class Timing(StrEnum):
    """Where the times of words come from."""

    ATTENTION = "attention"
    PROPORTION = "proportion"


@dataclass(frozen=True, kw_only=True)
class WordTime:
    """`text[start:end]` of the utterance is heard from `start_ms` to `end_ms`."""

    text: str
    start: int
    end: int
    start_ms: int
    end_ms: int


@dataclass(frozen=True, kw_only=True)
class MarkTime:
    """A named place of the text is reached at `at_ms`."""

    name: str
    at_ms: int


@dataclass(frozen=True, kw_only=True)
class SentenceReport:
    """What happened to one sentence; `tokens` counts semantic tokens of 40 ms.

    `start` and `end` are its place in the utterance's text. `faults` are those of the take that is
    heard, `rejected` those of the takes before it. `note` says it in words. `words` are there when
    asked for, and `timing` says how they were found.
    """

    text: str
    phones: tuple[str, ...]
    tokens: int
    attempts: int
    note: str
    start: int = 0
    end: int = 0
    start_ms: int = 0
    end_ms: int = 0
    faults: tuple[Fault, ...] = ()
    rejected: tuple[tuple[Fault, ...], ...] = ()
    words: tuple[WordTime, ...] = ()
    timing: Timing | None = None


@dataclass(frozen=True, kw_only=True)
class Speech:
    """The spoken utterance: mono float32 samples, and the receipt of their 16-bit form.

    `unspoken` is what of the text cannot be spoken, as (offset, characters), and `notes` tell what
    was asked for and not done.
    """

    pcm: Pcm
    sample_rate_hz: int
    seed: int
    pcm_sha256: str
    sentences: tuple[SentenceReport, ...]
    marks: tuple[MarkTime, ...] = ()
    unspoken: tuple[tuple[int, str], ...] = ()
    notes: tuple[str, ...] = ()
