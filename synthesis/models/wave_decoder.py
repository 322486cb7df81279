"""Renders latents as a waveform: transposed convolutions and residual blocks.

After HiFi-GAN (Kong et al. 2020, arXiv:2010.05646).
Shapes: b batch, c latent channels, g style channels, t frames, s samples.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from synthesis.memory import give_back
from synthesis.models.weight_norm import NormedConv1d, NormedConvTranspose1d

SLOPE = 0.1
# The last activation uses the framework's default slope; the trained models depend on it.
LAST_SLOPE = 0.01
# A processor renders longer sound in pieces of so many frames: the memory that a sentence takes is
# bounded, and stays where it is quickly found again.
PIECE_FRAMES = 300
# How far a sample looks to either side, in frames, in every released configuration.
REACH_FRAMES = 13


class ResidualBlock(nn.Module):
    """Pairs of convolutions of one kernel size, the first of each pair dilated."""

    def __init__(self, channels: int, kernel: int, dilations: tuple[int, ...]) -> None:
        super().__init__()
        self.convs1 = nn.ModuleList(
            NormedConv1d(
                channels,
                channels,
                kernel,
                padding=dilation * (kernel // 2),
                dilation=dilation,
            )
            for dilation in dilations
        )
        self.convs2 = nn.ModuleList(
            NormedConv1d(channels, channels, kernel, padding=kernel // 2) for _ in dilations
        )

    def forward(self, x_bct: Tensor) -> Tensor:
        for dilated, plain in zip(self.convs1, self.convs2, strict=True):
            inner = dilated(functional.leaky_relu(x_bct, SLOPE))
            # What a convolution made is nobody else's: overwriting it bounds the memory of a piece.
            x_bct = plain(functional.leaky_relu_(inner, SLOPE)).add_(x_bct)
        return x_bct


class WaveDecoder(nn.Module):
    """[b, c, t] latents and [b, g, 1] style to [b, 1, s] samples in [-1, 1]."""

    def __init__(
        self,
        latent: int,
        style_channels: int,
        *,
        width: int,
        rates: tuple[int, ...],
        kernels: tuple[int, ...],
        block_kernels: tuple[int, ...],
        dilations: tuple[int, ...],
    ) -> None:
        super().__init__()
        self.blocks_per_stage = len(block_kernels)
        self._side_by_side = False
        self.conv_pre = nn.Conv1d(latent, width, 7, padding=3)
        self.cond = nn.Conv1d(style_channels, width, 1)
        self.ups = nn.ModuleList(
            NormedConvTranspose1d(
                width >> stage,
                width >> (stage + 1),
                kernel,
                stride=rate,
                padding=(kernel - rate) // 2,
            )
            for stage, (rate, kernel) in enumerate(zip(rates, kernels, strict=True))
        )
        self.resblocks = nn.ModuleList(
            ResidualBlock(width >> (stage + 1), kernel, dilations)
            for stage in range(len(rates))
            for kernel in block_kernels
        )
        self.conv_post = nn.Conv1d(width >> len(rates), 1, 7, padding=3, bias=False)

    @property
    def heavy_parts(self) -> list[nn.Module]:
        """Where most activations are."""
        return list(self.resblocks)

    def lower(self, dtype: torch.dtype) -> None:
        """Compute in a shorter format, but for the last layer, whose rounding would be heard."""
        self.to(dtype)
        self.conv_post.float()

    def lay_side_by_side(self) -> None:
        """Keep the channels of a sample side by side: a processor convolves them twice as fast."""
        self._side_by_side = True

    def forward(self, latent_bct: Tensor, style_bg1: Tensor) -> Tensor:
        frames = latent_bct.shape[-1]
        if not self._side_by_side or frames <= PIECE_FRAMES:
            return self._wave(latent_bct, style_bg1)
        # Pieces of one length share their compiled kernels.
        length = math.ceil(frames / math.ceil(frames / PIECE_FRAMES))
        pieces = []
        for start in range(0, frames, length):
            first, end = max(0, start - REACH_FRAMES), min(start + length, frames)
            seen = latent_bct[:, :, first : end + REACH_FRAMES]
            wave = self._wave(seen, style_bg1)
            rate = wave.shape[-1] // seen.shape[-1]
            pieces.append(wave[:, :, (start - first) * rate : (end - first) * rate])
            # Blocks of the next length would not fit into the holes that this piece left.
            give_back()
        return torch.cat(pieces, dim=2)

    def _wave(self, latent_bct: Tensor, style_bg1: Tensor) -> Tensor:
        dtype = self.conv_pre.weight.dtype
        x = self.conv_pre(latent_bct.to(dtype)) + self.cond(style_bg1.to(dtype))
        if self._side_by_side:
            x = x[:, :, None].contiguous(memory_format=torch.channels_last)
        for stage, up in enumerate(self.ups):
            x = up(functional.leaky_relu_(x, SLOPE))
            first = stage * self.blocks_per_stage
            blocks = self.resblocks[first : first + self.blocks_per_stage]
            total = blocks[0](x)
            for block in blocks[1:]:
                total.add_(block(x))
            x = total.div_(self.blocks_per_stage)
        last = functional.leaky_relu_(x, LAST_SLOPE).to(self.conv_post.weight.dtype)
        wave: Tensor = self.conv_post(last.flatten(2))
        return wave.tanh()
