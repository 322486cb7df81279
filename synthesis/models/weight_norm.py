"""Convolutions whose weight is stored as a direction and a length (weight normalisation).

`w = g * v / |v|`, the norm taken over every dimension but the first (Salimans & Kingma 2016,
arXiv:1602.07868). For a transposed convolution the first dimension is the input channel. The pair
is what training needs; `fold_weight_norm` replaces it by the plain product before inference.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional


class Normed(nn.Module):
    """Holds `weight_v` of the given shape, `weight_g` and `bias`, under their stored names."""

    folded: Tensor | None

    def __init__(self, shape: tuple[int, ...], bias_size: int) -> None:
        super().__init__()
        ones = (1,) * (len(shape) - 1)
        self.weight_g = nn.Parameter(torch.ones(shape[0], *ones))
        self.weight_v = nn.Parameter(torch.empty(shape))
        self.bias = nn.Parameter(torch.zeros(bias_size))
        self.register_buffer("folded", None, persistent=False)
        nn.init.normal_(self.weight_v, 0.0, 0.01)

    def weight(self) -> Tensor:
        """The effective weight: the folded one if there is one."""
        if self.folded is not None:
            return self.folded
        rest = tuple(range(1, self.weight_v.dim()))
        norm: Tensor = torch.linalg.vector_norm(self.weight_v, dim=rest, keepdim=True)
        return self.weight_v * (self.weight_g / norm)

    def fold(self) -> None:
        """Keep the product only; the module can no longer be trained or saved."""
        # A filter's channels lie side by side, as the inputs of `channels_last` convolutions do.
        self.folded = self.weight().detach().movedim(1, -1).contiguous().movedim(-1, 1)
        del self.weight_g, self.weight_v


class NormedConv1d(Normed):
    """1-D convolution with weight normalisation, of [b, c, t], or of [b, c, 1, t] side by side."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel: int,
        *,
        stride: int = 1,
        padding: int = 0,
        dilation: int = 1,
        groups: int = 1,
    ) -> None:
        super().__init__((out_channels, in_channels // groups, kernel), out_channels)
        self.stride, self.padding, self.dilation = stride, padding, dilation
        self.groups = groups

    def forward(self, x: Tensor) -> Tensor:
        if x.dim() == 4:
            return functional.conv2d(
                x,
                self.weight()[:, :, None],
                self.bias,
                (1, self.stride),
                (0, self.padding),
                (1, self.dilation),
                self.groups,
            )
        return functional.conv1d(
            x,
            self.weight(),
            self.bias,
            self.stride,
            self.padding,
            self.dilation,
            self.groups,
        )


class NormedConvTranspose1d(Normed):
    """1-D transposed convolution, normalised over the input channels; of the same two forms."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel: int,
        *,
        stride: int,
        padding: int,
    ) -> None:
        super().__init__((in_channels, out_channels, kernel), out_channels)
        self.stride, self.padding = stride, padding

    def forward(self, x: Tensor) -> Tensor:
        weight = self.weight()
        if x.dim() == 4:
            return functional.conv_transpose2d(
                x, weight[:, :, None], self.bias, (1, self.stride), (0, self.padding)
            )
        return functional.conv_transpose1d(x, weight, self.bias, self.stride, self.padding)


class NormedConv2d(Normed):
    """2-D convolution with weight normalisation."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel: tuple[int, int],
        *,
        stride: tuple[int, int] = (1, 1),
        padding: tuple[int, int] = (0, 0),
    ) -> None:
        super().__init__((out_channels, in_channels, *kernel), out_channels)
        self.stride, self.padding = stride, padding

    def forward(self, x: Tensor) -> Tensor:
        return functional.conv2d(x, self.weight(), self.bias, self.stride, self.padding)


def fold_weight_norm(model: nn.Module) -> None:
    """Fold every normed convolution of `model` in place, for inference."""
    for module in model.modules():
        if isinstance(module, Normed) and module.folded is None:
            module.fold()
