"""The content encoder as a listener: how far apart two sounds are by what it hears in them.

Distances of spectra weigh a vowel's long middle like the short noise that tells one word from
another; these weigh what was said. Shapes: b batch, s samples at 32 kHz.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from synthesis import audio
from synthesis.features.hubert import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    from transformers import HubertModel


class Listener(nn.Module):
    """A content encoder that learns nothing here."""

    def __init__(self, encoder: "HubertModel") -> None:
        super().__init__()
        self.encoder = encoder.requires_grad_(False)
        self.train(False)

    @classmethod
    def load(cls, folder: Path) -> "Listener":
        """Read a base's folder of it; BadBundle when it is incomplete."""
        # transformers takes seconds to import, which a worker would spend at every start.
        from transformers import HubertModel

        from synthesis.features.local_model import load_local

        return cls(load_local(HubertModel, folder))

    def distance(self, made_bs: Tensor, true_bs: Tensor) -> Tensor:
        """The mean distance of the first, middle and last layer, each over its mean magnitude."""
        with torch.no_grad():
            wanted = self._heard(true_bs)
        apart = [
            (made - true).abs().mean() / true.abs().mean()
            for made, true in zip(self._heard(made_bs), wanted, strict=True)
        ]
        return torch.stack(apart).mean()

    def _heard(self, wave_bs: Tensor) -> list[Tensor]:
        wave_bs = audio.resample(wave_bs, audio.SAMPLE_RATE_HZ, SAMPLE_RATE_HZ)
        layers = self.encoder(wave_bs, output_hidden_states=True).hidden_states
        return [layers[place].float() for place in (0, len(layers) // 2, -1)]
