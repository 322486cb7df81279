"""Stacked gated convolutions conditioned on the speaker's style.

After WaveNet (van den Oord et al. 2016, arXiv:1609.03499).
Shapes: b batch, h hidden channels, g style channels, t frames; masks are [b, 1, t].
"""

import torch
from torch import Tensor, nn

from synthesis.models.weight_norm import NormedConv1d


class GatedStack(nn.Module):
    """`layers` gated convolutions with residual and skip paths, all of dilation one."""

    def __init__(
        self,
        hidden: int,
        kernel: int,
        layers: int,
        style_channels: int,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.hidden = hidden
        self.drop = nn.Dropout(dropout)
        self.cond_layer = NormedConv1d(style_channels, 2 * hidden * layers, 1)
        self.in_layers = nn.ModuleList(
            NormedConv1d(hidden, 2 * hidden, kernel, padding=kernel // 2) for _ in range(layers)
        )
        self.res_skip_layers = nn.ModuleList(
            NormedConv1d(hidden, 2 * hidden if layer < layers - 1 else hidden, 1)
            for layer in range(layers)
        )

    def forward(self, x_bht: Tensor, mask_b1t: Tensor, style_bg1: Tensor) -> Tensor:
        conditions = self.cond_layer(style_bg1).chunk(len(self.in_layers), dim=1)
        x, total = x_bht, torch.zeros_like(x_bht)
        for in_layer, res_skip, condition in zip(
            self.in_layers, self.res_skip_layers, conditions, strict=True
        ):
            tanh_in, gate_in = (in_layer(x) + condition).chunk(2, dim=1)
            out = res_skip(self.drop(torch.tanh(tanh_in) * torch.sigmoid(gate_in)))
            if out.shape[1] == self.hidden:
                total = total + out
            else:
                x = (x + out[:, : self.hidden]) * mask_b1t
                total = total + out[:, self.hidden :]
        return total * mask_b1t
