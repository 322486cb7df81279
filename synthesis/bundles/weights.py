"""Model weights in safetensors files: half precision on disk if wanted, strict when read."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor, nn

from synthesis.errors import BadBundle

Module = TypeVar("Module", bound=nn.Module)
Config = TypeVar("Config")


def save_weights(state: Mapping[str, Tensor], path: Path, *, half: bool) -> None:
    """Write tensors; floating-point ones as float16 when `half`, else as they are."""
    safetensors.torch.save_file(
        {
            key: (value.half() if half and value.is_floating_point() else value)
            .detach()
            .cpu()
            .contiguous()
            for key, value in state.items()
        },
        path,
    )


def load_tensors(path: Path) -> dict[str, Tensor]:
    """Every tensor of a file, floating-point ones widened to float32."""
    try:
        tensors = safetensors.torch.load_file(path)
    except (OSError, SafetensorError) as error:
        raise BadBundle(
            f"{path.name} is not a readable safetensors file.", data={"file": path.name}
        ) from error
    return {
        key: value.float() if value.is_floating_point() else value for key, value in tensors.items()
    }


def load_model(build: Callable[[], Module], path: Path) -> Module:
    """Build a model without memory of its own and give it the file's tensors; all must fit."""
    return fit(build, load_tensors(path), path.name)


def fit(build: Callable[[], Module], state: Mapping[str, Tensor], source: str) -> Module:
    """Build a model around these tensors, in evaluation mode; BadBundle when one does not fit."""
    with torch.device("meta"):
        model = build()
    expected = {key: value.shape for key, value in model.state_dict().items()}
    for key in sorted(expected.keys() ^ state.keys()):
        what = "lacks" if key in expected else "has an unknown tensor"
        raise BadBundle(f"{source} {what} {key}.", data={"file": source, "tensor": key})
    for key, shape in expected.items():
        if state[key].shape != shape:
            raise BadBundle(
                f"{source}: {key} has shape {list(state[key].shape)}, expected {list(shape)}.",
                data={"file": source, "tensor": key},
            )
    model.load_state_dict(state, strict=True, assign=True)
    return model.eval()


def config_from(kind: type[Config], values: object, source: str) -> Config:
    """A configuration dataclass from JSON; lists become tuples. BadBundle for unknown fields."""
    if not isinstance(values, dict):
        raise BadBundle(f"{source} has no {kind.__name__}.", data={"file": source})
    fields: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in values.items()
    }
    try:
        return kind(**fields)
    except TypeError as error:
        raise BadBundle(
            f"{source}: {kind.__name__} has an unknown or missing field.", data={"file": source}
        ) from error
