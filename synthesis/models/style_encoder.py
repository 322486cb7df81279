"""Reduces a reference spectrogram to one style vector.

Shapes: b batch, t frames, f spectrogram bins, d inner width, g style channels.
Layout after the style encoder of Meta-StyleSpeech (Min et al. 2021, arXiv:2106.03153).
"""

import math

from torch import Tensor, nn
from torch.nn import functional


class Projection(nn.Module):
    """A linear layer stored under the name `fc`."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.fc = nn.Linear(inputs, outputs)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.fc(x)
        return out


class PaddedConv(nn.Module):
    """A length-preserving convolution stored under the name `conv`."""

    def __init__(self, inputs: int, outputs: int, kernel: int) -> None:
        super().__init__()
        self.conv = nn.Conv1d(inputs, outputs, kernel, padding=kernel // 2)

    def forward(self, x_bdt: Tensor) -> Tensor:
        out: Tensor = self.conv(x_bdt)
        return out


class GatedConv(nn.Module):
    """`x + a * sigmoid(b)` where a, b are the halves of a convolution of x."""

    def __init__(self, width: int, kernel: int, dropout: float) -> None:
        super().__init__()
        self.conv1 = PaddedConv(width, 2 * width, kernel)
        self.drop = nn.Dropout(dropout)

    def forward(self, x_bdt: Tensor) -> Tensor:
        gated: Tensor = self.drop(functional.glu(self.conv1(x_bdt), dim=1))
        return x_bdt + gated


class FrameAttention(nn.Module):
    """Self attention whose scores are divided by the root of the model width, not of the head's."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.temperature = math.sqrt(width)
        self.w_qs = nn.Linear(width, width)
        self.w_ks = nn.Linear(width, width)
        self.w_vs = nn.Linear(width, width)
        self.fc = nn.Linear(width, width)
        self.drop = nn.Dropout(dropout)

    def forward(self, x_btd: Tensor, valid_bt: Tensor) -> Tensor:
        b, t, d = x_btd.shape
        q, k, v = (
            layer(x_btd).view(b, t, self.heads, d // self.heads).transpose(1, 2)
            for layer in (self.w_qs, self.w_ks, self.w_vs)
        )
        scores = q @ k.transpose(2, 3) / self.temperature
        scores = scores.masked_fill(~valid_bt[:, None, None, :], -math.inf)
        mixed = self.drop(scores.softmax(dim=-1)) @ v
        out: Tensor = self.drop(self.fc(mixed.transpose(1, 2).reshape(b, t, d)))
        return out + x_btd


class StyleEncoder(nn.Module):
    """[b, f, t] magnitudes to [b, g, 1]; the projection comes before the mean over valid frames."""

    def __init__(
        self,
        bins: int,
        style_channels: int,
        *,
        width: int = 128,
        heads: int = 2,
        kernel: int = 5,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        self.spectral = nn.Sequential(
            Projection(bins, width),
            nn.Mish(),
            nn.Dropout(dropout),
            Projection(width, width),
            nn.Mish(),
            nn.Dropout(dropout),
        )
        self.temporal = nn.Sequential(
            GatedConv(width, kernel, dropout), GatedConv(width, kernel, dropout)
        )
        self.slf_attn = FrameAttention(width, heads, dropout)
        self.fc = Projection(width, style_channels)

    def forward(self, spec_bft: Tensor, mask_b1t: Tensor) -> Tensor:
        valid_bt = mask_b1t[:, 0] > 0
        valid_bt1 = valid_bt[:, :, None]
        x_btd = self.spectral((spec_bft * mask_b1t).transpose(1, 2))
        x_btd = self.temporal(x_btd.transpose(1, 2)).transpose(1, 2)
        x_btd = self.slf_attn(x_btd * valid_bt1, valid_bt)
        frames_btg = self.fc(x_btd) * valid_bt1
        mean_bg: Tensor = frames_btg.sum(dim=1) / valid_bt.sum(dim=1, keepdim=True)
        return mean_bg[:, :, None]
