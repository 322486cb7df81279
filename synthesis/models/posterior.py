"""The posterior encoder, for training only: a target spectrogram to a latent's distribution.

Shapes: b batch, f spectrogram bins, c latent channels, g style channels, t frames.
"""

import torch
from torch import Tensor, nn

from synthesis.models.wavenet import GatedStack


class PosteriorEncoder(nn.Module):
    """Returns the sampled latent, its mean and its log standard deviation, each [b, c, t]."""

    def __init__(
        self,
        bins: int,
        latent: int,
        hidden: int,
        kernel: int,
        layers: int,
        style_channels: int,
    ) -> None:
        super().__init__()
        self.pre = nn.Conv1d(bins, hidden, 1)
        self.enc = GatedStack(hidden, kernel, layers, style_channels)
        self.proj = nn.Conv1d(hidden, 2 * latent, 1)

    def forward(
        self, spec_bft: Tensor, mask_b1t: Tensor, style_bg1: Tensor, noise_bct: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        # The style is detached: the posterior must not teach the style encoder.
        hidden = self.enc(self.pre(spec_bft) * mask_b1t, mask_b1t, style_bg1.detach())
        mean, log_std = (self.proj(hidden) * mask_b1t).chunk(2, dim=1)
        latent = (mean + noise_bct * torch.exp(log_std)) * mask_b1t
        return latent, mean, log_std
