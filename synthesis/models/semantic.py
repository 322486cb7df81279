"""The text-to-semantic model: a decoder-only transformer that continues phones with audio codes.

Shapes: b batch, p phones, t codes, l sequence length (phones then codes), d width, v code
vocabulary, h heads, e width per head. Post-norm layers with ReLU (Vaswani et al. 2017,
arXiv:1706.03762).
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional


@dataclass(frozen=True, kw_only=True)
class SemanticConfig:
    """Sizes of the semantic model; the defaults are the released ones (v1 has 512 phoneme rows).

    With `prompted` it continues the codes of a reference clip; without, it begins from the phones
    alone, and the reference gives the style only.
    """

    phonemes: int = 732
    vocabulary: int = 1025
    width: int = 512
    heads: int = 16
    layers: int = 24
    bert_width: int = 1024
    dropout: float = 0.1
    prompted: bool = True

    @property
    def eos(self) -> int:
        """The end token is the last of the vocabulary."""
        return self.vocabulary - 1


class Table(nn.Module):
    """An embedding table under its stored name."""

    def __init__(self, rows: int, width: int) -> None:
        super().__init__()
        self.word_embeddings = nn.Embedding(rows, width)

    def forward(self, ids: Tensor) -> Tensor:
        out: Tensor = self.word_embeddings(ids)
        return out


class ScaledPosition(nn.Module):
    """Adds `alpha` times a sinusoid; the table is computed, only `alpha` is stored."""

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.width = width
        self.alpha = nn.Parameter(torch.ones(1))
        self.drop = nn.Dropout(dropout)
        self._table = torch.empty(0, width)

    def forward(self, x_btd: Tensor, start: int = 0) -> Tensor:
        end = start + x_btd.shape[1]
        table = self._rows(end, x_btd)
        out: Tensor = self.drop(x_btd + self.alpha * table[start:end])
        return out

    def _rows(self, count: int, like: Tensor) -> Tensor:
        table = self._table
        if table.shape[0] < count or table.device != like.device or table.dtype != like.dtype:
            with torch.inference_mode(False):
                table = sinusoid(max(count, 4000), self.width).to(like.device, like.dtype)
            self._table = table
        return table


def sinusoid(positions: int, width: int) -> Tensor:
    """Interleaved sine and cosine of each position, [positions, width], float32."""
    rate = torch.exp(torch.arange(0, width, 2).float() * (-math.log(10_000.0) / width))
    angle = torch.arange(positions).float()[:, None] * rate
    return torch.stack([angle.sin(), angle.cos()], dim=2).reshape(positions, width)


class SelfAttention(nn.Module):
    """Softmax attention with query, key and value stacked in one stored matrix."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.in_proj_weight = nn.Parameter(torch.empty(3 * width, width))
        self.in_proj_bias = nn.Parameter(torch.zeros(3 * width))
        self.out_proj = nn.Linear(width, width)
        nn.init.xavier_uniform_(self.in_proj_weight)

    def forward(self, x_bld: Tensor, mask: Tensor | None) -> Tensor:
        """`mask` is boolean, True where a query may look, broadcastable to [b, h, l, keys]."""
        b, length, d = x_bld.shape
        projected = functional.linear(x_bld, self.in_proj_weight, self.in_proj_bias)
        q, k, v = projected.view(b, length, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        dropout = self.dropout if self.training else 0.0
        mixed = functional.scaled_dot_product_attention(q, k, v, attn_mask=mask, dropout_p=dropout)
        out: Tensor = self.out_proj(mixed.transpose(1, 2).reshape(b, length, d))
        return out


class Layer(nn.Module):
    """`x = norm1(x + attention(x)); x = norm2(x + feed_forward(x))`."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.self_attn = SelfAttention(width, heads, dropout)
        self.linear1 = nn.Linear(width, 4 * width)
        self.linear2 = nn.Linear(4 * width, width)
        self.norm1 = nn.LayerNorm(width)
        self.norm2 = nn.LayerNorm(width)
        self.drop = nn.Dropout(dropout)

    def forward(self, x_bld: Tensor, mask: Tensor | None) -> Tensor:
        x = self.norm1(x_bld + self.drop(self.self_attn(x_bld, mask)))
        inner = self.drop(functional.relu(self.linear1(x)))
        out: Tensor = self.norm2(x + self.drop(self.linear2(inner)))
        return out


class LayerStack(nn.Module):
    """The layers in order; there is no final norm."""

    def __init__(self, config: SemanticConfig) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            Layer(config.width, config.heads, config.dropout) for _ in range(config.layers)
        )

    def forward(self, x_bld: Tensor, mask: Tensor | None) -> Tensor:
        for layer in self.layers:
            x_bld = layer(x_bld, mask)
        return x_bld


class SemanticModel(nn.Module):
    """Every stored tensor of a released s1 file under its stored name, less the prefix `model.`."""

    def __init__(self, config: SemanticConfig) -> None:
        super().__init__()
        self.config = config
        self.bert_proj = nn.Linear(config.bert_width, config.width)
        self.ar_text_embedding = Table(config.phonemes, config.width)
        self.ar_text_position = ScaledPosition(config.width, config.dropout)
        self.ar_audio_embedding = Table(config.vocabulary, config.width)
        self.ar_audio_position = ScaledPosition(config.width, config.dropout)
        self.h = LayerStack(config)
        self.ar_predict_layer = nn.Linear(config.width, config.vocabulary, bias=False)

    def embed_text(self, phones_bp: Tensor, bert_bcp: Tensor) -> Tensor:
        """[b, p, d]; where no text features exist `bert` is zero, which still adds the bias."""
        x = self.ar_text_embedding(phones_bp) + self.bert_proj(bert_bcp.transpose(1, 2))
        out: Tensor = self.ar_text_position(x)
        return out

    def embed_codes(self, codes_bt: Tensor, start: int = 0) -> Tensor:
        """[b, t, d]; positions count from `start`, independently of the text's."""
        out: Tensor = self.ar_audio_position(self.ar_audio_embedding(codes_bt), start)
        return out

    def forward(
        self,
        phones_bp: Tensor,
        phone_lens_b: Tensor,
        codes_bt: Tensor,
        code_lens_b: Tensor,
        bert_bcp: Tensor,
        *,
        hides_padding: bool = False,
    ) -> tuple[Tensor, Tensor]:
        """Teacher-forced logits [b, t + 1, v] and their labels [b, t + 1].

        The reference's text mask hides the FIRST `p - len` positions although text is padded on the
        right; equal losses need it. With `hides_padding` the padding is hidden instead, and a
        clip's logits are the same in any batch.
        """
        p = phones_bp.shape[1]
        labels_bt = self.labels(codes_bt, code_lens_b)
        x = torch.cat(
            [self.embed_text(phones_bp, bert_bcp), self.embed_codes(labels_bt[:, :-1])],
            dim=1,
        )
        position = torch.arange(p, device=phones_bp.device)
        if hides_padding:
            hidden_bp = position >= phone_lens_b[:, None]
        else:
            hidden_bp = position < (p - phone_lens_b)[:, None]
        # Padded codes carry the end label and stay visible to the rows after them.
        padded_bt = torch.arange(codes_bt.shape[1], device=codes_bt.device) >= code_lens_b[:, None]
        allowed = sequence_mask(p, codes_bt.shape[1], torch.cat([hidden_bp, padded_bt], dim=1))
        out = self.h(x, allowed)
        told = out[:, p - 1 :]
        if hides_padding:
            # What follows a text is told by its own last phone, not by the end of the padding.
            rows = torch.arange(len(out), device=out.device)
            told = torch.cat([out[rows, phone_lens_b - 1][:, None], out[:, p:]], dim=1)
        logits: Tensor = self.ar_predict_layer(told)
        return logits, labels_bt

    def labels(self, codes_bt: Tensor, code_lens_b: Tensor) -> Tensor:
        """The codes with the end token at every padded position and in one extra column."""
        position = torch.arange(codes_bt.shape[1] + 1, device=codes_bt.device)
        return functional.pad(codes_bt, (0, 1)).masked_fill(
            position >= code_lens_b[:, None], self.config.eos
        )


def sequence_mask(p: int, t: int, hidden_bl: Tensor) -> Tensor:
    """Who may look at whom [b, 1, l, l]: text at text, code i at text and codes up to i."""
    length = p + t
    position = torch.arange(length, device=hidden_bl.device)
    reach = position.clamp(min=p - 1)
    return (position <= reach[:, None]) & ~hidden_bl[:, None, None, :]
