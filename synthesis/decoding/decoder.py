"""The semantic model laid out for decoding: packed matrices, and keys and values in slots.

Shapes: b rows, n positions, d width, h heads, e width per head, p phones, t codes, v vocabulary.
It computes what `synthesis.models.semantic` computes, one row of a batch like another: a sentence
is read on its own, and its attention never sees how many decode beside it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn
from torch.nn import functional

from synthesis.decoding.captured import CapturedSteps
from synthesis.decoding.mixing import Mixing
from synthesis.decoding.products import Arithmetic, Product, product
from synthesis.decoding.recorded import recorded
from synthesis.models.kv_cache import KvSlots
from synthesis.models.semantic import Layer, SelfAttention, SemanticModel, sequence_mask, sinusoid

POSITIONS = 4096
SHORT_FORMATS = {Arithmetic.FLOAT16: torch.float16, Arithmetic.BFLOAT16: torch.bfloat16}
ROUNDS_INPUTS = {Arithmetic.BFLOAT16, Arithmetic.INT8}

Attend = Callable[[int, Tensor], Tensor]
Rows = Callable[..., Tensor]


class Norm:
    """A layer's norm, its parameters taken out once."""

    def __init__(self, norm: nn.LayerNorm, dtype: torch.dtype) -> None:
        self._weight, self._bias = norm.weight.detach().to(dtype), norm.bias.detach().to(dtype)
        self._shape, self._eps = norm.normalized_shape, norm.eps

    def __call__(self, x_nd: Tensor) -> Tensor:
        return functional.layer_norm(x_nd, self._shape, self._weight, self._bias, self._eps)


@dataclass(frozen=True, kw_only=True)
class DecoderLayer:
    """One layer before and after its attention, and the memory of its products."""

    projected: Callable[[Tensor], Tensor]
    after: Callable[[Tensor, Tensor], Tensor]
    nbytes: int


class Decoder:
    """Reads sentences into slots, and takes their rows one code further at a time.

    `model` lends its small parts; the large matrices are laid out anew.
    """

    def __init__(self, model: SemanticModel, arithmetic: Arithmetic = Arithmetic.FLOAT32) -> None:
        self.config, self.arithmetic = model.config, arithmetic
        self.device = model.bert_proj.weight.device
        self.dtype = torch.float32
        if self.device.type != "cpu":
            self.dtype = SHORT_FORMATS.get(arithmetic, torch.float32)
        self.kept_dtype, self._slots = self.dtype, KvSlots
        self._mixing: Callable[[KvSlots, Sequence[int], Sequence[int]], Attend] = Mixing
        if self.device.type == "cpu" and arithmetic in ROUNDS_INPUTS:
            # Slow to import, and large.
            from synthesis.decoding.short_mixing import ShortMixing, ShortSlots

            self.kept_dtype, self._slots, self._mixing = torch.float16, ShortSlots, ShortMixing
        self._model = model
        self._layers = [self._laid_out(layer) for layer in model.h.layers]
        # What the last product rounds no later one evens out, and it is one of a hundred.
        last = Arithmetic.FLOAT16 if arithmetic is Arithmetic.INT8 else arithmetic
        self._predict = self._product(model.ar_predict_layer.weight, None, last)
        alpha = model.ar_audio_position.alpha.detach()
        places = sinusoid(POSITIONS, self.config.width).to(self.device)
        self._places = (alpha * places).to(self.dtype)
        self._captured: WeakKeyDictionary[KvSlots, CapturedSteps] = WeakKeyDictionary()
        self._codes = model.ar_audio_embedding.word_embeddings.weight.detach().to(self.dtype)

    @property
    def nbytes(self) -> int:
        """Memory of the laid out matrices, and of what the model still has."""
        packed = self._predict.nbytes + sum(layer.nbytes for layer in self._layers)
        return packed + sum(parameter.nbytes for parameter in self._model.parameters())

    def release_model(self) -> None:
        """Free the model's own layers; nobody else may use it from then on."""
        del self._model.h, self._model.ar_predict_layer

    def slots(self, count: int, length: int) -> KvSlots:
        """Room for so many rows of so many positions."""
        config = self.config
        return self._slots(
            layers=config.layers,
            slots=count,
            heads=config.heads,
            length=length,
            head_width=config.width // config.heads,
            dtype=self.kept_dtype,
            device=self.device,
        )

    @torch.inference_mode()
    def read(
        self, phones_p: Tensor, bert_cp: Tensor, prompt_t: Tensor, slots: KvSlots, slot: int
    ) -> Tensor:
        """Put phones and prompt into a slot; logits [v] of the first new code."""
        x = self.embedded(phones_p, bert_cp, prompt_t)
        hidden = torch.zeros(1, x.shape[0], dtype=torch.bool, device=self.device)
        mask = sequence_mask(len(phones_p), len(prompt_t), hidden)

        def attend(index: int, qkv_n3he: Tensor) -> Tensor:
            slots.fill(index, slot, qkv_n3he[:, 1:])
            q, k, v = qkv_n3he.permute(1, 2, 0, 3)[:, None]
            mixed = functional.scaled_dot_product_attention(q, k, v, attn_mask=mask)
            return mixed[0].transpose(0, 1)

        return self.predict(self.through_layers(x, attend)[-1:])[0]

    @torch.inference_mode()
    def step(
        self,
        codes_b: Tensor,
        code_places: Sequence[int],
        slots: KvSlots,
        rows: Sequence[int],
        lengths: Sequence[int],
    ) -> Tensor:
        """Logits [b, v] after one more code for each of these slots, which are in ascending order.

        `code_places` count a row's prompt and new codes before this one; `lengths` count all its
        positions in the slot.
        """
        if self.device.type == "cuda":
            if slots not in self._captured:
                self._captured[slots] = CapturedSteps(self, slots.count)
            return self._captured[slots](codes_b, code_places, slots, rows, lengths)
        places = torch.tensor(code_places, device=self.device)
        mixing = self._mixing(slots, rows, lengths)
        return self.predict(self.through_layers(self.embed(codes_b, places), mixing))

    def embedded(self, phones_p: Tensor, bert_cp: Tensor, codes_t: Tensor) -> Tensor:
        """Phones and the codes after them, [p + t, d]."""
        model = self._model
        text = model.embed_text(
            phones_p[None].to(self.device),
            bert_cp[None].to(self.device, model.bert_proj.weight.dtype),
        )[0]
        codes = codes_t.to(self.device)
        return torch.cat([text.to(self.dtype), self._codes[codes] + self._places[: len(codes)]])

    def embed(self, codes_b: Tensor, places_b: Tensor) -> Tensor:
        """[b, d] of codes at their places among the codes of their rows."""
        return self._codes[codes_b] + self._places[places_b]

    def through_layers(self, x_nd: Tensor, attend: Attend) -> Tensor:
        """Every layer in turn; `attend` mixes [n, 3, h, e] into [n, h * e], or [n, h, e]."""
        heads, count = self.config.heads, x_nd.shape[0]
        for index, layer in enumerate(self._layers):
            qkv = layer.projected(x_nd).view(count, 3, heads, -1)
            x_nd = layer.after(x_nd, attend(index, qkv).reshape(count, -1))
        return x_nd

    def predict(self, x_nd: Tensor) -> Tensor:
        """Logits [n, v] in float32."""
        return self._predict(x_nd).float()

    def _laid_out(self, layer: nn.Module) -> DecoderLayer:
        assert isinstance(layer, Layer)
        attention = layer.self_attn
        assert isinstance(attention, SelfAttention)
        projected = self._product(attention.in_proj_weight, attention.in_proj_bias)
        mixed = self._product(attention.out_proj.weight, attention.out_proj.bias)
        inner = self._product(layer.linear1.weight, layer.linear1.bias)
        outer = self._product(layer.linear2.weight, layer.linear2.bias)
        norm1, norm2 = Norm(layer.norm1, self.dtype), Norm(layer.norm2, self.dtype)

        def after(x_nd: Tensor, mixed_nd: Tensor) -> Tensor:
            x_nd = norm1(mixed(mixed_nd).add_(x_nd))
            return norm2(outer(inner(x_nd).relu_()).add_(x_nd))

        row = torch.zeros(2, self.config.width)
        return DecoderLayer(
            projected=self._recorded(projected, [projected], row),
            after=self._recorded(after, [mixed, inner, outer], row, row),
            nbytes=sum(part.nbytes for part in (projected, mixed, inner, outer)),
        )

    def _recorded(self, part: Rows, products: Sequence[Product], *rows_nd: Tensor) -> Rows:
        """The part, on a processor as a list of operations that runs without Python.

        With packed matrices, finding an operation from Python costs more than a small one does.
        """
        if self.device.type != "cpu" or self.arithmetic is Arithmetic.BFLOAT16:
            return part
        return recorded(
            part, [packed for product in products for packed in product.packed], rows_nd
        )

    def _product(
        self, weight: Tensor, bias: Tensor | None, arithmetic: Arithmetic | None = None
    ) -> Product:
        return product(
            weight.detach().to(self.dtype),
            None if bias is None else bias.detach().to(self.dtype),
            arithmetic or self.arithmetic,
        )
