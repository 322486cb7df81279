"""Where models run: the CPU, or a CUDA device that is there."""

import torch

from synthesis.errors import EngineError


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
