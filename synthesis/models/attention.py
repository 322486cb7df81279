"""Attention over channels-first sequences, with relative positions inside a window if one is given.

Shapes: b batch, c channels, t query frames, s key frames, h heads, d channels per head.
The relative terms follow Shaw et al. 2018 (arXiv:1803.02155), shared by all heads.
"""

import math

import torch
from torch import Tensor, nn

MASKED_SCORE = -1e4


class Attention(nn.Module):
    """Multi-head attention; masked scores become -1e4, as in the trained models, not -inf."""

    def __init__(
        self,
        channels: int,
        heads: int,
        *,
        window: int | None = None,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.heads, self.window = heads, window
        head_width = channels // heads
        self.conv_q = nn.Conv1d(channels, channels, 1)
        self.conv_k = nn.Conv1d(channels, channels, 1)
        self.conv_v = nn.Conv1d(channels, channels, 1)
        self.conv_o = nn.Conv1d(channels, channels, 1)
        self.drop = nn.Dropout(dropout)
        if window is not None:
            shape = (1, 2 * window + 1, head_width)
            self.emb_rel_k = nn.Parameter(torch.randn(shape) * head_width**-0.5)
            self.emb_rel_v = nn.Parameter(torch.randn(shape) * head_width**-0.5)

    def forward(self, x_bct: Tensor, context_bcs: Tensor, mask_bts: Tensor) -> Tensor:
        """[b, c, t]: attend from `x` to `context`; `mask_bts` is 1 where a pair is valid."""
        b, c, t = x_bct.shape
        q = self._split(self.conv_q(x_bct)) / math.sqrt(c // self.heads)
        k = self._split(self.conv_k(context_bcs))
        v = self._split(self.conv_v(context_bcs))
        scores = q @ k.transpose(2, 3)
        if self.window is not None:
            offsets_ts, near_ts = _offsets(t, self.window, x_bct.device)
            relative = (q @ self.emb_rel_k[0].T).gather(3, offsets_ts.expand(b, self.heads, t, t))
            scores = scores + relative * near_ts
        scores = scores.masked_fill(mask_bts[:, None] == 0, MASKED_SCORE)
        weights = self.drop(scores.softmax(dim=-1))
        out = weights @ v
        if self.window is not None:
            out = out + _band(weights, self.window) @ self.emb_rel_v[0]
        joined: Tensor = self.conv_o(out.transpose(2, 3).reshape(b, c, t))
        return joined

    def _split(self, x_bct: Tensor) -> Tensor:
        b, c, t = x_bct.shape
        return x_bct.view(b, self.heads, c // self.heads, t).transpose(2, 3)


def _offsets(t: int, window: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Row of the relative table for every pair (i, j), and whether it is inside the window."""
    position = torch.arange(t, device=device)
    distance = position[None, :] - position[:, None]
    near = distance.abs() <= window
    return distance.clamp(-window, window) + window, near


def _band(weights_bhtt: Tensor, window: int) -> Tensor:
    """Entry [.., i, r] is the weight of pair (i, i + r - window), zero beyond the ends."""
    t = weights_bhtt.shape[-1]
    position = torch.arange(t, device=weights_bhtt.device)
    reach = torch.arange(-window, window + 1, device=weights_bhtt.device)
    target = position[:, None] + reach[None, :]
    inside = (target >= 0) & (target < t)
    index = target.clamp(0, t - 1).expand(*weights_bhtt.shape[:2], t, 2 * window + 1)
    return weights_bhtt.gather(3, index) * inside
