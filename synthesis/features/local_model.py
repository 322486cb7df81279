"""Reads a transformers model from a local folder, quietly, and never from anywhere else."""

from pathlib import Path
from typing import Any, TypeVar

import torch
from transformers import PreTrainedModel
from transformers.utils import logging

from synthesis.errors import BadBundle

Model = TypeVar("Model", bound=PreTrainedModel)


def load_local(kind: type[Model], folder: Path, **options: Any) -> Model:
    """Read `config.json` and `model.safetensors` in float32; BadBundle when they do not fit."""
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        model: Model = kind.from_pretrained(
            folder, local_files_only=True, use_safetensors=True, dtype=torch.float32, **options
        )
    except (OSError, ValueError, RuntimeError) as error:
        raise BadBundle(
            f"{folder.name} does not hold a usable {kind.__name__}.", data={"file": folder.name}
        ) from error
    return model
