"""The invertible map between the posterior's and the prior's latent space.

Shapes: b batch, c latent channels, g style channels, t frames; masks are [b, 1, t].
Mean-only affine couplings with a channel flip after each (Kim et al. 2021, arXiv:2106.06103).
"""

import torch
from torch import Tensor, nn

from synthesis.models.wavenet import GatedStack


class Coupling(nn.Module):
    """Shifts the second half of the channels by a function of the first."""

    def __init__(
        self, channels: int, hidden: int, kernel: int, layers: int, style_channels: int
    ) -> None:
        super().__init__()
        half = channels // 2
        self.pre = nn.Conv1d(half, hidden, 1)
        self.enc = GatedStack(hidden, kernel, layers, style_channels)
        self.post = nn.Conv1d(hidden, half, 1)
        # A new coupling is the identity, whatever the style says.
        for parameter in self.post.parameters():
            nn.init.zeros_(parameter)

    def forward(self, x_bct: Tensor, mask_b1t: Tensor, style_bg1: Tensor, inverse: bool) -> Tensor:
        first, second = x_bct.chunk(2, dim=1)
        shift = self.post(self.enc(self.pre(first) * mask_b1t, mask_b1t, style_bg1)) * mask_b1t
        second = (second - shift) * mask_b1t if inverse else shift + second * mask_b1t
        return torch.cat([first, second], dim=1)


class Flow(nn.Module):
    """Couplings are stored at even indices; each odd index is a flip, which has no weights."""

    def __init__(
        self,
        channels: int,
        hidden: int,
        *,
        kernel: int,
        layers: int,
        couplings: int,
        style_channels: int,
    ) -> None:
        super().__init__()
        self.flows = nn.ModuleDict(
            {
                str(2 * i): Coupling(channels, hidden, kernel, layers, style_channels)
                for i in range(couplings)
            }
        )

    def forward(
        self,
        x_bct: Tensor,
        mask_b1t: Tensor,
        style_bg1: Tensor,
        *,
        inverse: bool = False,
    ) -> Tensor:
        """Posterior to prior, or back when `inverse`."""
        couplings = list(self.flows.values())
        if inverse:
            for coupling in reversed(couplings):
                x_bct = coupling(x_bct.flip(1), mask_b1t, style_bg1, True)
            return x_bct
        for coupling in couplings:
            x_bct = coupling(x_bct, mask_b1t, style_bg1, False).flip(1)
        return x_bct
