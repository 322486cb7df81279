"""Turns self-supervised features into semantic codes, and codes back into their vectors.

Shapes: b batch, d feature width, t frames at 25 Hz, n codebook entries.
The nested names mirror the stored keys `quantizer.vq.layers.0._codebook.*`.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional


class Codebook(nn.Module):
    """One table of vectors; the running statistics are stored but only used when it was learned."""

    inited: Tensor
    cluster_size: Tensor
    embed: Tensor
    embed_avg: Tensor

    def __init__(self, entries: int, width: int) -> None:
        super().__init__()
        self.register_buffer("inited", torch.ones(1))
        self.register_buffer("cluster_size", torch.ones(entries))
        self.register_buffer("embed", torch.randn(entries, width))
        self.register_buffer("embed_avg", self.embed.clone())


class CodebookLayer(nn.Module):
    """A level of the (single-level) residual quantiser."""

    def __init__(self, entries: int, width: int) -> None:
        super().__init__()
        self._codebook = Codebook(entries, width)

    @property
    def table_nd(self) -> Tensor:
        """The codebook's vectors."""
        return self._codebook.embed


class CodebookStack(nn.Module):
    """The list of levels; these models have one."""

    def __init__(self, entries: int, width: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList([CodebookLayer(entries, width)])


class Quantizer(nn.Module):
    """Nearest-neighbour codes by squared Euclidean distance."""

    def __init__(self, entries: int, width: int) -> None:
        super().__init__()
        self.vq = CodebookStack(entries, width)

    @property
    def table_nd(self) -> Tensor:
        """The codebook's vectors."""
        layer = self.vq.layers[0]
        assert isinstance(layer, CodebookLayer)
        return layer.table_nd

    def encode(self, features_bdt: Tensor) -> Tensor:
        """Codes [b, t] of features [b, d, t]."""
        x_btd = features_bdt.transpose(1, 2)
        table = self.table_nd
        squared = x_btd.pow(2).sum(-1, keepdim=True) + table.pow(2).sum(-1)
        return (squared - 2 * x_btd @ table.T).argmin(dim=-1)

    def decode(self, codes_bt: Tensor) -> Tensor:
        """Vectors [b, d, t] of codes [b, t]."""
        return functional.embedding(codes_bt, self.table_nd).transpose(1, 2)
