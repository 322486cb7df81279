"""What a base is made of: the sizes of its models and the steps of each stage, read from TOML."""

import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

from synthesis.device import usable_device
from synthesis.errors import EngineError
from synthesis.models.semantic import SemanticConfig
from synthesis.models.vits import AcousticConfig
from synthesis.types import Sampling
from training.config import Precision

Value = TypeVar("Value")
PRECISIONS = {
    "fp32": Precision.FLOAT32,
    "bf16": Precision.BFLOAT16,
    "fp16": Precision.FLOAT16,
    "auto": Precision.AUTO,
}
# The narrowest layer of the discriminators has 16 channels.
DIVISORS = (1, 2, 4, 8, 16)


class BadRecipe(EngineError):
    """A recipe that cannot be followed."""

    code = "bad_recipe"


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How one stage learns: AdamW, a short warm-up, then a cosine fall to a twentieth.

    `batch` counts utterances, or seconds of sound where a stage takes whole recordings.
    """

    steps: int
    batch: int
    peak_rate: float = 1e-3
    warm_up_steps: int = 200
    clip: float = 1.0
    betas: tuple[float, float] = (0.9, 0.98)
    keep_every_steps: int = 100


@dataclass(frozen=True, kw_only=True)
class ContentSize:
    """The content encoder (HuBERT's architecture); the phone recogniser has the same."""

    width: int = 192
    layers: int = 4
    heads: int = 4
    inner: int = 768
    channels: tuple[int, ...] = (64, 64, 96, 96, 128, 128, 128)


@dataclass(frozen=True, kw_only=True)
class Stages:
    """The pace of every stage, in the order in which they can run."""

    content: Pace
    autoencoder: Pace
    prior: Pace
    semantic: Pace
    recognizer: Pace
    speaker: Pace
    decoder: Pace


@dataclass(frozen=True, kw_only=True)
class DiscriminatorSettings:
    """Discriminators that learn beside the autoencoder, and what it makes of their opinion.

    They have the released channels, divided by `channel_divisor`. From `from_step` on `weight` is
    that of their opinion and of the distance of their features; distances of spectra weigh 1.
    """

    from_step: int = 0
    channel_divisor: int = 1
    weight: float = 1 / 45
    learning_rate: float = 1e-4


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A whole base. `precision` says in which numbers products are taken (see `PRECISIONS`).

    With `sample_every_steps`, every stage shows after so many steps what it can do. Without
    `discriminators` nothing judges the decoder, nor that of a fine-tune: both learn from spectra
    and from what the content encoder hears.
    """

    name: str
    languages: tuple[str, ...]
    stages: Stages
    seed: int = 1
    device: str = "cpu"
    precision: str = "fp32"
    sample_every_steps: int | None = None
    content: ContentSize = field(default_factory=ContentSize)
    semantic: SemanticConfig
    acoustic: AcousticConfig
    discriminators: DiscriminatorSettings | None = None
    sampling: Sampling = field(default_factory=Sampling)

    @classmethod
    def read(cls, path: Path) -> "Recipe":
        """Read a TOML file.

        Raises:
            BadRecipe: the file cannot be read, or a field is unknown, missing or contradictory.
        """
        try:
            values = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise BadRecipe(f"{path} is not a readable TOML file: {error}") from error
        stages = {
            name: _build(Pace, pace, f"stages.{name}")
            for name, pace in dict(values.get("stages", {})).items()
        }
        parts: dict[str, Any] = {
            "stages": _build(Stages, stages, "stages"),
            "content": _build(ContentSize, values.get("content", {}), "content"),
            "semantic": _build(SemanticConfig, values.get("semantic", {}), "semantic"),
            "acoustic": _build(AcousticConfig, values.get("acoustic", {}), "acoustic"),
            "sampling": _build(Sampling, values.get("sampling", {}), "sampling"),
        }
        if "discriminators" in values:
            found = _build(DiscriminatorSettings, values["discriminators"], "discriminators")
            parts["discriminators"] = found
        recipe = _build(cls, {**values, **parts}, "the recipe")
        recipe.check()
        return recipe

    def check(self) -> None:
        """Raise BadRecipe for parts that do not fit together, NoSuchDevice for a device."""
        if self.precision not in PRECISIONS:
            raise BadRecipe(f"precision must be one of {', '.join(PRECISIONS)}.")
        if self.sample_every_steps is not None and self.sample_every_steps < 1:
            raise BadRecipe("sample_every_steps must be 1 or more, or be left out.")
        if self.discriminators and self.discriminators.channel_divisor not in DIVISORS:
            known = ", ".join(map(str, DIVISORS))
            raise BadRecipe(f"discriminators.channel_divisor must be one of {known}.")
        usable_device(self.device)
        if self.acoustic.ssl_width != self.content.width:
            raise BadRecipe("acoustic.ssl_width must equal content.width.")
        if self.semantic.vocabulary != self.acoustic.codes + 1:
            raise BadRecipe("semantic.vocabulary must be acoustic.codes + 1, for the end token.")
        if self.semantic.phonemes != self.acoustic.symbols:
            raise BadRecipe("semantic.phonemes must equal acoustic.symbols.")


def _build(kind: type[Value], values: dict[str, Any], where: str) -> Value:
    known = {entry.name for entry in fields(kind)}  # type: ignore[arg-type]
    unknown = sorted(values.keys() - known)
    if unknown:
        raise BadRecipe(f"{where} has the unknown field {unknown[0]!r}; known: {sorted(known)}.")
    try:
        return kind(**{k: tuple(v) if isinstance(v, list) else v for k, v in values.items()})
    except TypeError as error:
        raise BadRecipe(f"{where}: {error}.") from error
