"""The decoder's matrix products, in the arithmetic that was asked for; sums are always float32.

Shapes: b rows, i inputs, o outputs. On x86 a row's product never depends on the rows beside it, so
a sentence decodes to the same codes alone and in any batch, bit for bit. Elsewhere a product by
PyTorch's own routines may round differently with one row and with many.
"""

import warnings
from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional

# What float16 can hold; a matrix beyond it is kept in float32.
LARGEST_HALF = 65_504.0
# The rest of a float32 value that float16 leaves over is this much smaller.
REST_SCALE = 2.0**11
INT8_RANGE = 127.0


class Arithmetic(StrEnum):
    """How the semantic model multiplies.

    `float32` multiplies the file's own values; `float16` rounds the weights to float16, which
    leaves those of a float16 file as they are; `bfloat16` and `int8` round weights and inputs.
    """

    FLOAT32 = "float32"
    FLOAT16 = "float16"
    BFLOAT16 = "bfloat16"
    INT8 = "int8"


class Product(Protocol):
    """Multiplies rows [b, i] by a stored matrix and adds its bias: [b, o].

    `packed` are the matrices that PyTorch keeps in a form of its own.
    """

    nbytes: int
    packed: list[torch.ScriptObject]

    def __call__(self, x_bi: Tensor, /) -> Tensor: ...


def product(
    weight_oi: Tensor, bias_o: Tensor | None, arithmetic: Arithmetic = Arithmetic.FLOAT32
) -> Product:
    """The product with a matrix, laid out for `arithmetic` on the matrix's device."""
    if weight_oi.device.type != "cpu":
        return Plain(weight_oi, bias_o)
    if arithmetic is Arithmetic.BFLOAT16:
        return Bfloat16(weight_oi, bias_o)
    main = weight_oi.half().float()
    whole = torch.equal(main, weight_oi)
    in_range = whole or float(weight_oi.abs().max()) <= LARGEST_HALF
    if not (in_range and _has_packed_products()):
        return Plain(weight_oi, bias_o)
    if arithmetic is Arithmetic.INT8:
        return Int8(weight_oi, bias_o)
    if whole or arithmetic is Arithmetic.FLOAT16:
        return Halves([main], bias_o)
    return Halves([main, (weight_oi - main) * REST_SCALE], bias_o)


def _has_packed_products() -> bool:
    return "fbgemm" in torch.backends.quantized.supported_engines


class Plain:
    """PyTorch's own product, in the matrix's own format."""

    def __init__(self, weight_oi: Tensor, bias_o: Tensor | None) -> None:
        self._weight, self._bias = weight_oi, bias_o
        self.nbytes = weight_oi.nbytes
        self.packed: list[torch.ScriptObject] = []

    def __call__(self, x_bi: Tensor, /) -> Tensor:
        return functional.linear(x_bi, self._weight, self._bias)


class Halves:
    """Float16 weights with float32 inputs and sums: half the memory to read, nothing rounded.

    Any float32 value is, to half a unit in its last place, the sum of a float16 and a smaller one,
    so two parts serve weights of a float32 file.
    """

    def __init__(self, parts_oi: Sequence[Tensor], bias_o: Tensor | None) -> None:
        main, *rest = parts_oi
        # Its only overload: to look for one at each call takes PyTorch 15 us for a packed matrix.
        self._multiply = torch.ops.quantized.linear_dynamic_fp16.default
        pack = torch.ops.quantized.linear_prepack_fp16
        self.packed = [pack(main, bias_o), *[pack(part, None) for part in rest]]
        self.nbytes = 2 * main.numel() * len(parts_oi)

    def __call__(self, x_bi: Tensor, /) -> Tensor:
        main, *rest = self.packed
        out: Tensor = self._multiply(x_bi, main)
        for part in rest:
            out.add_(self._multiply(x_bi, part), alpha=1 / REST_SCALE)
        return out


class Bfloat16:
    """Weights and inputs rounded to bfloat16."""

    def __init__(self, weight_oi: Tensor, bias_o: Tensor | None) -> None:
        self._weight = weight_oi.bfloat16()
        self._bias = bias_o
        self.nbytes = self._weight.nbytes
        self.packed: list[torch.ScriptObject] = []

    def __call__(self, x_bi: Tensor, /) -> Tensor:
        # A single row would take another routine, with another order of its sums.
        rows = x_bi.expand(2, -1) if len(x_bi) == 1 else x_bi
        out = functional.linear(rows.bfloat16(), self._weight)[: len(x_bi)].float()
        return out if self._bias is None else out.add_(self._bias)


class Int8:
    """Weights rounded to eight bits by output, inputs by row: each has a scale of its own."""

    def __init__(self, weight_oi: Tensor, bias_o: Tensor | None) -> None:
        scales = (weight_oi.abs().amax(dim=1) / INT8_RANGE).clamp_min(1e-12).double()
        zeros = torch.zeros_like(scales, dtype=torch.long)
        with warnings.catch_warnings():
            # PyTorch means to move this elsewhere; the pinned version has it here only.
            warnings.filterwarnings("ignore", ".*quantize_per_channel", UserWarning)
            rounded = torch.quantize_per_channel(weight_oi, scales, zeros, 0, torch.qint8)
        self.packed = [torch.ops.quantized.linear_prepack(rounded, None)]
        operation = torch.ops.quantized.linear_with_input_q_dq_qweight_dq_output_fp32
        self._multiply = operation.default
        self._bias = torch.zeros(weight_oi.shape[0]) if bias_o is None else bias_o
        self.nbytes = weight_oi.numel()

    def __call__(self, x_bi: Tensor, /) -> Tensor:
        # The largest of a norm is found value by value, this one sixteen at a time.
        largest = x_bi.abs().amax(dim=1, keepdim=True)
        # A row divided by its largest input is rounded to 127ths, which the product itself does.
        # Nothing but zeros becomes no number here, then some whole one, and zero again at the end.
        out = self._multiply(x_bi / largest, 1 / INT8_RANGE, 128, self.packed[0])
        return torch.addcmul(self._bias, out, largest)
