"""What a parity case is, and the table of functions that run them.

A module `tests/parity/cases_<topic>.py` registers runners by file-name pattern:

    @runner("s2_*_decode*")
    def decode(case: Case) -> Iterator[Check]:
        model = case.load(AcousticModel(config))          # weights from fill.py and the salt
        yield case.close("wav", model(case.tensor("codes")))   # against out_wav and noise_wav
        yield case.equal("codes", codes)                       # integers must agree exactly

`python -m tests.parity DIR` imports every such module, picks the first pattern that matches a
file's stem, and prints the check that comes closest to (or furthest over) its tolerance.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from tests.parity import fill

FLOOR = 1e-5
NOISE_FACTOR = 20
Array = NDArray[Any]
Module = TypeVar("Module", bound=nn.Module)


@dataclass(frozen=True, kw_only=True)
class Check:
    """One comparison: its largest error, and the largest that is allowed."""

    what: str
    error: float
    tolerance: float

    @property
    def ok(self) -> bool:
        """NaN is never ok."""
        return self.error <= self.tolerance

    @property
    def severity(self) -> float:
        """Orders checks: how much of the tolerance is used up."""
        if math.isnan(self.error):
            return math.inf
        if self.tolerance:
            return self.error / self.tolerance
        return math.inf if self.error else 0.0


@dataclass(frozen=True)
class Case:
    """One .npz file and the salt from which its weights and unstored inputs are made."""

    path: Path
    salt: str

    @property
    def name(self) -> str:
        """The file's stem, which is also the prefix of its input names."""
        return self.path.stem

    @cached_property
    def arrays(self) -> dict[str, Array]:
        """Every array of the file."""
        with np.load(self.path) as file:
            return {key: file[key] for key in file.files}

    def array(self, name: str) -> Array:
        """The stored input `in_<name>`."""
        return self.arrays[f"in_{name}"]

    def tensor(self, name: str) -> Tensor:
        """The stored input `in_<name>`; half precision is widened to float32."""
        array = self.array(name)
        return torch.from_numpy(array.astype(np.float32) if array.dtype == np.float16 else array)

    def has(self, name: str) -> bool:
        """Whether `in_<name>` is stored."""
        return f"in_{name}" in self.arrays

    def input(self, name: str, shape: tuple[int, ...]) -> Tensor:
        """The stored input, or the same numbers made from the salt if it was too large to store."""
        if self.has(name):
            return self.tensor(name)
        return torch.from_numpy(fill.tensor(self.salt, f"{self.name}/{name}", shape))

    def load(self, model: Module, *, salt: str | None = None) -> Module:
        """Fill every stored tensor of `model`, in evaluation mode."""
        weights = {
            key: torch.from_numpy(fill.fill(salt or self.salt, key, tuple(value.shape)))
            for key, value in model.state_dict().items()
        }
        model.load_state_dict(weights, strict=True, assign=True)
        return model.eval()

    def tolerance(self, name: str) -> float:
        """20 times the recorded rounding noise of `name`, at least 1e-5."""
        return max(NOISE_FACTOR * float(self.arrays.get(f"noise_{name}", 0.0)), FLOOR)

    def close(self, name: str, actual: Tensor | Array, *, noise: str | None = None) -> Check:
        """Compare with `out_<name>`, allowing for `noise_<name>` (or another array's noise)."""
        expected = self.arrays[f"out_{name}"]
        found = as_array(actual)
        error = math.inf
        if found.shape == expected.shape:
            error = float(np.max(np.abs(found.astype(np.float64) - expected), initial=0.0))
        return Check(what=name, error=error, tolerance=self.tolerance(noise or name))

    def equal(self, name: str, actual: Tensor | Array | int) -> Check:
        """Compare integers with `out_<name>`; the error is the number that differ."""
        expected = self.arrays[f"out_{name}"]
        found = as_array(actual)
        error = math.inf
        if found.shape == expected.shape:
            error = float(np.count_nonzero(found != expected))
        return Check(what=name, error=error, tolerance=0.0)

    def digest(self, name: str, actual: Tensor, *, noise: str) -> Check:
        """Compare the six-number summary `out_<name>`; its sums gather every element's noise."""
        expected = self.arrays[f"out_{name}"]
        error = float(np.max(np.abs(fill.digest(as_array(actual)) - expected)))
        return Check(
            what=name,
            error=error,
            tolerance=self.tolerance(noise) * math.sqrt(actual.numel()),
        )


def as_array(value: Tensor | Array | int) -> Array:
    """Whatever was computed, as a NumPy array."""
    return value.detach().numpy() if isinstance(value, Tensor) else np.asarray(value)


Runner = Callable[[Case], Iterator[Check]]
RUNNERS: list[tuple[str, Runner]] = []


def runner(*patterns: str) -> Callable[[Runner], Runner]:
    """Register a function for every case whose stem matches one of the patterns."""

    def register(function: Runner) -> Runner:
        RUNNERS.extend((pattern, function) for pattern in patterns)
        return function

    return register


def runner_for(name: str) -> Runner | None:
    """The first registered function whose pattern matches."""
    return next((run for pattern, run in RUNNERS if fnmatchcase(name, pattern)), None)
