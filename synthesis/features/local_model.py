"""Reads a transformers model from a local folder: quietly, whole, and never from anywhere else."""

from pathlib import Path
from typing import Any, TypeVar

import torch
from transformers import PreTrainedModel
from transformers.utils import logging

from synthesis.errors import BadBundle

Model = TypeVar("Model", bound=PreTrainedModel)


def load_local(kind: type[Model], folder: Path, **options: Any) -> Model:
    """Read `config.json` and `model.safetensors` in float32.

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
            dtype=torch.float32,
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
