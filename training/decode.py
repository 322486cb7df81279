"""Decodes latents while learning: at the recording's own pitch, where the decoder has one.

Shapes: b batch, c latent channels, g style channels, t frames at 50 Hz, s samples.
"""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from synthesis.models.source_filter import MIDDLE_HZ, SourceFilterDecoder
from synthesis.models.vits import AcousticModel
from training.pitch import measure_pitch


@dataclass(frozen=True, kw_only=True)
class Pitch:
    """A recording's pitch [b, t] as the logarithm over 160 Hz, and where it is voiced [b, t]."""

    log_bt: Tensor
    voiced_bt: Tensor

    @classmethod
    def of(cls, wave_bs: Tensor) -> "Pitch":
        """Measure it."""
        pitch_hz, voiced = measure_pitch(wave_bs)
        return cls(log_bt=(pitch_hz / MIDDLE_HZ).log(), voiced_bt=voiced)

    def map(self, change: Callable[[Tensor], Tensor]) -> "Pitch":
        """The same change of both, such as a piece of every row."""
        return Pitch(log_bt=change(self.log_bt), voiced_bt=change(self.voiced_bt))

    def distance(self, log_bt: Tensor) -> Tensor:
        """The mean distance of a predicted pitch's logarithm, over voiced frames."""
        distance_bt = (log_bt - self.log_bt).abs() * self.voiced_bt
        return distance_bt.sum() / self.voiced_bt.sum().clamp(min=1)


def has_pitch(model: AcousticModel) -> bool:
    """Whether the decoder predicts a pitch, which must then be taught."""
    return isinstance(model.dec, SourceFilterDecoder)


def decode(
    model: AcousticModel, latent_bct: Tensor, style_bg1: Tensor, pitch: Pitch | None
) -> tuple[Tensor, Tensor | None]:
    """The wave [b, 1, s], and the distance of the predicted pitch if the decoder has one.

    A decoder with a pitch is given the recording's while it learns the spectra: they can only be
    compared where the harmonics lie together.
    """
    if pitch is None or not isinstance(model.dec, SourceFilterDecoder):
        wave: Tensor = model.dec(latent_bct, style_bg1)
        return wave, None
    trunk = model.dec.trunk(latent_bct, style_bg1)
    distance = pitch.distance(model.dec.log_pitch(trunk))
    return model.dec.render(trunk, pitch.log_bt), distance
