"""Records what a function does with tensors, so that it is done again without Python."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any

import torch
from torch import Tensor, nn

# Voices may be loaded in several threads, and what a recording writes down it names for all.
_recording = Lock()


class _Recording(nn.Module):
    """Holds packed matrices as attributes: a recording finds only those of its module."""

    def __init__(self, function: Callable[..., Tensor], packed: Sequence[torch.ScriptObject]):
        super().__init__()
        self._function = function
        for number, matrix in enumerate(packed):
            setattr(self, f"packed_{number}", matrix)

    def forward(self, *inputs: Tensor) -> Tensor:
        return self._function(*inputs)


def recorded(
    function: Callable[..., Tensor],
    packed: Sequence[torch.ScriptObject],
    examples: Sequence[Tensor],
) -> Callable[..., Tensor]:
    """The same operations on inputs of as many dimensions; `packed` are all that it multiplies by.

    It must do the same for inputs of any size, and change none of them.
    """
    module = _Recording(function, packed).eval()
    with _recording, warnings.catch_warnings():
        # PyTorch means to have a compiler do this, which needs one of C++ to be installed.
        warnings.filterwarnings("ignore", "`torch.jit", DeprecationWarning)
        traced: Any = torch.jit.trace(module, tuple(examples), check_trace=False)  # type: ignore[no-untyped-call]
        made: Callable[..., Tensor] = torch.jit.freeze(traced)
    return made
