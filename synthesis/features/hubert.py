"""Self-supervised speech features at 50 Hz, from a HuBERT in a local folder.

Shapes: s samples at 16 kHz, d feature width, t frames.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from transformers import HubertModel

SAMPLE_RATE_HZ = 16_000


class Hubert:
    """The features after the last layer; the wave goes in as it is, without normalisation."""

    def __init__(self, model: HubertModel) -> None:
        self._model = model.train(False)

    @classmethod
    def load(cls, folder: Path, device: torch.device | str = "cpu") -> Hubert:
        """Read `config.json` and `model.safetensors`; nothing is fetched from elsewhere."""
        # transformers takes seconds to import, and speaking with a finished voice needs none of it.
        from transformers import HubertModel

        from synthesis.features.local_model import load_packed

        return cls(load_packed(HubertModel, folder, device))

    @torch.inference_mode()
    def features(self, wave_s: Tensor) -> Tensor:
        """[1, d, t] of one 16 kHz wave."""
        device = next(self._model.parameters()).device
        out: Tensor = self._model(wave_s[None].to(device)).last_hidden_state
        return out.transpose(1, 2)
