"""The post-norm encoder of the acoustic model: relative attention, then two convolutions per layer.

Shapes: b batch, c channels, t frames; masks are [b, 1, t] with 1 for a valid frame.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from synthesis.models.attention import Attention

WINDOW = 4


class ChannelNorm(nn.Module):
    """Layer norm over the channels of [b, c, t]."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(channels))
        self.beta = nn.Parameter(torch.zeros(channels))

    def forward(self, x_bct: Tensor) -> Tensor:
        return functional.layer_norm(
            x_bct.transpose(1, 2), self.gamma.shape, self.gamma, self.beta
        ).transpose(1, 2)


class ConvFeedForward(nn.Module):
    """Two length-preserving convolutions with a ReLU between; padding never leaks in or out."""

    def __init__(self, channels: int, inner: int, kernel: int, dropout: float) -> None:
        super().__init__()
        self.conv_1 = nn.Conv1d(channels, inner, kernel)
        self.conv_2 = nn.Conv1d(inner, channels, kernel)
        self.drop = nn.Dropout(dropout)
        self.ends = ((kernel - 1) // 2, kernel // 2)

    def forward(self, x_bct: Tensor, mask_b1t: Tensor) -> Tensor:
        inner = self.drop(functional.relu(self.conv_1(functional.pad(x_bct * mask_b1t, self.ends))))
        out: Tensor = self.conv_2(functional.pad(inner * mask_b1t, self.ends))
        return out * mask_b1t


class Encoder(nn.Module):
    """A stack of `layers` post-norm layers; input and output are [b, c, t], masked."""

    def __init__(
        self,
        channels: int,
        inner: int,
        heads: int,
        layers: int,
        kernel: int,
        dropout: float,
    ) -> None:
        super().__init__()
        self.drop = nn.Dropout(dropout)
        self.attn_layers = nn.ModuleList(
            Attention(channels, heads, window=WINDOW, dropout=dropout) for _ in range(layers)
        )
        self.norm_layers_1 = nn.ModuleList(ChannelNorm(channels) for _ in range(layers))
        self.ffn_layers = nn.ModuleList(
            ConvFeedForward(channels, inner, kernel, dropout) for _ in range(layers)
        )
        self.norm_layers_2 = nn.ModuleList(ChannelNorm(channels) for _ in range(layers))

    def forward(self, x_bct: Tensor, mask_b1t: Tensor) -> Tensor:
        pairs_btt = mask_b1t.transpose(1, 2) * mask_b1t
        x = x_bct * mask_b1t
        for attention, norm_1, feed_forward, norm_2 in zip(
            self.attn_layers,
            self.norm_layers_1,
            self.ffn_layers,
            self.norm_layers_2,
            strict=True,
        ):
            x = norm_1(x + self.drop(attention(x, x, pairs_btt)))
            x = norm_2(x + self.drop(feed_forward(x, mask_b1t)))
        return x * mask_b1t
