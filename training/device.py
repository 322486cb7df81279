"""Batches follow the models that learn to their device."""

from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

import torch
from torch import Tensor

Value = TypeVar("Value")


def on_device(value: Value, device: torch.device | str) -> Value:
    """The same value with every tensor in it on a device, within tuples, lists and dataclasses."""
    moved: Any = value
    if isinstance(value, Tensor):
        moved = value.to(device)
    elif isinstance(value, tuple | list):
        moved = type(value)(on_device(part, device) for part in value)
    elif is_dataclass(value) and not isinstance(value, type):
        parts = {entry.name: getattr(value, entry.name) for entry in fields(value)}
        moved = replace(value, **{name: on_device(part, device) for name, part in parts.items()})
    found: Value = moved
    return found
