"""Where models learn: the CPU or a CUDA device that is there, and batches that follow."""

from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

import torch
from torch import Tensor

from synthesis.errors import EngineError

Value = TypeVar("Value")


class NoSuchDevice(EngineError):
    """The device that was asked for is not there, or is of a kind that nothing here runs on."""

    code = "no_such_device"


def usable_device(name: str) -> torch.device:
    """The device of that name.

    Raises:
        NoSuchDevice: this machine has none.
    """
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise NoSuchDevice(f"{name!r} is no device; say cpu, cuda or cuda:0.") from error
    if device.type == "cpu":
        return device
    count = torch.cuda.device_count() if device.type == "cuda" else 0
    if (device.index or 0) >= count:
        raise NoSuchDevice(
            f"The device {name!r} is not here ({count} CUDA devices are); say cpu, or look at the"
            " driver and at the build of torch.",
            data={"device": name, "cuda_devices": count},
        )
    return device


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
