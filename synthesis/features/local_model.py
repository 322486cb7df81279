"""Reads a transformers model from a local folder: quietly, whole, and never from anywhere else.

Shapes: i inputs, o outputs of a layer.
"""

from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn
from transformers import PreTrainedModel
from transformers.utils import logging

from synthesis.decoding.products import product
from synthesis.errors import BadBundle
from synthesis.memory import give_back

Model = TypeVar("Model", bound=PreTrainedModel)
WEIGHTS = "model.safetensors"


class PackedLinear(nn.Module):
    """A linear layer whose matrix lies packed: half the memory where a file holds float16."""

    def __init__(self, layer: nn.Linear) -> None:
        super().__init__()
        bias = None if layer.bias is None else layer.bias.detach().float()
        self._product = product(layer.weight.detach().float(), bias)
        self.nbytes = self._product.nbytes

    def forward(self, x_i: Tensor) -> Tensor:
        """[..., i] to [..., o]."""
        return self._product(x_i)


def load_local(
    kind: type[Model], folder: Path, *, dtype: torch.dtype = torch.float32, **options: Any
) -> Model:
    """Read `config.json` and `model.safetensors`, in float32 unless told otherwise.

    BadBundle when a tensor is missing, which transformers would fill with random numbers; tensors
    that the model does not use are allowed.
    """
    # Its progress bars and reports of unused tensors would go to the process's own output.
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    try:
        loaded: Any = kind.from_pretrained(
            folder,
            local_files_only=True,
            use_safetensors=True,
            dtype=dtype,
            output_loading_info=True,
            **options,
        )
    except (OSError, ValueError, RuntimeError) as error:
        raise BadBundle(
            f"{folder.name} does not hold a usable {kind.__name__}.", data={"file": folder.name}
        ) from error
    model: Model = loaded[0]
    report: dict[str, Any] = loaded[1]
    absent = sorted(report["missing_keys"])
    if absent:
        raise BadBundle(
            f"{folder.name}/model.safetensors lacks {absent[0]}.",
            data={"file": f"{folder.name}/model.safetensors", "tensors": absent},
        )
    return model


def load_packed(
    kind: type[Model], folder: Path, device: torch.device | str, **options: Any
) -> Model:
    """The same for inference in float32: on a processor the matrices of a float16 file stay short.

    They are laid out one after the other, so that at no time all of them are held in float32.
    """
    if torch.device(device).type != "cpu":
        model = load_local(kind, folder, **options)
    else:
        model = load_local(kind, folder, dtype=_stored_as(folder / WEIGHTS), **options)
        _pack(model)
    nn.Module.to(model, device, torch.float32)
    give_back()
    return model


def _stored_as(path: Path) -> torch.dtype:
    """Float16 when no tensor of the file is finer; float32 for any other file, or none."""
    try:
        with safe_open(path, framework="pt") as file:
            formats = {file.get_slice(name).get_dtype() for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError):
        return torch.float32  # whoever loads it says what is wrong with it
    return torch.float32 if formats & {"F32", "F64", "BF16"} else torch.float16


def _pack(model: nn.Module) -> None:
    for name, part in model.named_children():
        if isinstance(part, nn.Linear):
            setattr(model, name, PackedLinear(part))
        else:
            _pack(part)
