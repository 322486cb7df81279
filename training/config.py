"""The settings of a fine-tune: one frozen value per stage, and presets by minutes of audio.

Nothing heavy is imported here, so that a web process can check what a request asks for.
"""

from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any


class Precision(StrEnum):
    """`auto` is float32 on a CPU; on CUDA bfloat16, or float16 where the device has no bfloat16."""

    AUTO = "auto"
    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"
    FLOAT16 = "float16"


class Schedule(StrEnum):
    """How the learning rate of the semantic stage moves.

    `reference` is what published fine-tunes had: `first_rate` for one step, then `peak_rate`.
    `cosine` warms up to `peak_rate` over a tenth of the steps and falls to a tenth of it.
    """

    REFERENCE = "reference"
    COSINE = "cosine"


@dataclass(frozen=True, kw_only=True)
class AcousticSettings:
    """The acoustic stage: a generator against discriminators, on short slices of sound.

    With `batch_frames`, a batch holds at most so many frames of 20 ms, padding included; without,
    always `batch_size` clips. With `lora_rank`, only low-rank additions to the generator's
    matrices are learned, at `lora_rate`. A checkpoint is kept for choosing every `keep_epochs`
    epochs, beside the last; with `keep_start`, also the model as it was before the stage. With
    `patience_epochs`, some clips are held out, and the stage ends when their loss has not fallen
    for so many epochs.
    """

    epochs: int = 8
    max_steps: int | None = None
    keep_epochs: int | None = None
    keep_start: bool = False
    patience_epochs: int | None = None
    batch_size: int = 4
    batch_frames: int | None = None
    learning_rate: float = 1e-4
    text_rate_ratio: float = 0.4
    betas: tuple[float, float] = (0.8, 0.99)
    eps: float = 1e-9
    weight_decay: float = 0.01
    decay_per_epoch: float = 0.999875
    mel_weight: float = 45.0
    kl_weight: float = 1.0
    pitch_weight: float = 180.0
    lora_rank: int | None = None
    lora_rate: float = 1e-3


class TextMask(StrEnum):
    """Which text the shorter clips of a batch do not see.

    REFERENCE hides their first phones and shows the padding, as the published training does;
    CORRECT hides the padding.
    """

    REFERENCE = "reference"
    CORRECT = "correct"


@dataclass(frozen=True, kw_only=True)
class SemanticSettings:
    """The semantic stage: the next sound token, given phones and the tokens before it.

    `batch_frames`, `lora_rank`, `keep_epochs`, `keep_start` and `patience_epochs` are as in the
    acoustic stage: the start gives a voice whose sound is learned and whose way of speaking is not,
    which can be the plainer one.
    `preference` adds corrupted copies of every clip, which the model learns to find unlikely; it
    halves the batch.
    """

    epochs: int = 15
    max_steps: int | None = None
    keep_epochs: int | None = None
    keep_start: bool = False
    patience_epochs: int | None = None
    batch_size: int = 4
    batch_frames: int | None = None
    accumulate: int = 4
    schedule: Schedule = Schedule.COSINE
    first_rate: float = 0.01
    peak_rate: float = 0.002
    preference: bool = False
    text_mask: TextMask = TextMask.CORRECT
    lora_rank: int | None = None
    lora_rate: float = 1e-3


@dataclass(frozen=True, kw_only=True)
class FinetuneConfig:
    """One whole fine-tune. `seed` decides data order, dropout, noise and slices.

    `recompute` needs less memory and more time, and changes nothing else. Every kept pair of
    checkpoints speaks the first `sentences` of each language's fixed set, all of them if None; with
    0 nothing is scored, and the last pair becomes the voice.
    """

    preset: str = "short"
    seed: int = 1234
    device: str = "cpu"
    checkpoint_every_steps: int = 25
    recompute: bool = False
    precision: Precision = Precision.AUTO
    sentences: int | None = None
    acoustic: AcousticSettings = field(default_factory=AcousticSettings)
    semantic: SemanticSettings = field(default_factory=SemanticSettings)

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, for a manifest or an experiment tracker."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "FinetuneConfig":
        """Read what `as_dict` gave, also after it went through JSON."""
        acoustic, semantic = dict(values["acoustic"]), dict(values["semantic"])
        acoustic["betas"] = tuple(acoustic["betas"])
        semantic["schedule"] = Schedule(semantic["schedule"])
        semantic["text_mask"] = TextMask(semantic.get("text_mask", TextMask.REFERENCE))
        stages = {
            "acoustic": AcousticSettings(**acoustic),
            "semantic": SemanticSettings(**semantic),
        }
        precision = Precision(values.get("precision", Precision.AUTO))
        return cls(**{**values, **stages, "precision": precision})


# Forty seconds of sound: four clips of the usual length, or one of the longest.
_BATCH_FRAMES = 2000
_BY_MINUTES = (
    (1.0, "minute", 12, 20),
    (5.0, "short", 8, 15),
    (30.0, "medium", 8, 15),
    (float("inf"), "long", 4, 8),
)
# Each stage keeps about this many checkpoints to choose from.
_KEPT = 3
_PATIENCE_EPOCHS = 2
_DEMO = FinetuneConfig(
    preset="demo",
    checkpoint_every_steps=5,
    sentences=1,
    acoustic=AcousticSettings(max_steps=60, epochs=60),
    # A minute tells more of how a voice sounds than of how it speaks: what was learned of that
    # from another synthesizer's made the words unclear. So the second stage only leans that way.
    semantic=SemanticSettings(
        max_steps=10,
        epochs=10,
        accumulate=1,
        schedule=Schedule.REFERENCE,
        lora_rank=8,
        lora_rate=1e-4,
    ),
)
PRESETS: dict[str, FinetuneConfig] = {
    "demo": _DEMO,
    **{
        name: FinetuneConfig(
            preset=name,
            acoustic=AcousticSettings(
                epochs=acoustic,
                batch_frames=_BATCH_FRAMES,
                keep_epochs=-(-acoustic // _KEPT),
                patience_epochs=_PATIENCE_EPOCHS,
            ),
            semantic=SemanticSettings(
                epochs=semantic,
                batch_frames=_BATCH_FRAMES,
                keep_epochs=-(-semantic // _KEPT),
                keep_start=True,
                patience_epochs=_PATIENCE_EPOCHS,
            ),
        )
        for _, name, acoustic, semantic in _BY_MINUTES
    },
}


def preset_for(audio_ms: int, *, seed: int = 1234) -> FinetuneConfig:
    """Return the preset for this much audio; the more there is, the fewer rounds it needs."""
    minutes = audio_ms / 60_000
    name = next(name for limit, name, _, _ in _BY_MINUTES if minutes <= limit)
    return replace(PRESETS[name], seed=seed)
