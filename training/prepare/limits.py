"""What a recording may be at most, and what a child process that decodes one may use."""

import argparse
import math
import os
import resource
import sys
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

GIBIBYTE: Final = 1024**3


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The bounds of an acceptable recording; every field is also an option of the probe."""

    max_bytes: int = 2 * GIBIBYTE
    min_duration_ms: int = 1_000
    max_duration_ms: int = 2 * 60 * 60 * 1_000
    max_channels: int = 6
    min_sample_rate_hz: int = 8_000
    max_sample_rate_hz: int = 192_000
    silence_dbfs: float = -60.0
    """A recording whose loudest sample stays below this holds nothing."""
    probe_budget_s: float = 1.5
    """Wall time the probe may spend, its imports included."""

    @classmethod
    def add_options(cls, parser: argparse.ArgumentParser) -> None:
        """One `--field-name` option per field."""
        for field in fields(cls):
            parser.add_argument(
                _option(field.name), type=type(field.default), default=field.default
            )

    @classmethod
    def from_options(cls, parsed: argparse.Namespace) -> "Limits":
        """The limits that a command line asked for."""
        return cls(**{field.name: getattr(parsed, field.name) for field in fields(cls)})

    def as_options(self) -> list[str]:
        """These limits as command-line words for a child."""
        return [
            word
            for field in fields(self)
            for word in (_option(field.name), str(getattr(self, field.name)))
        ]


def _option(field_name: str) -> str:
    return "--" + field_name.replace("_", "-")


@dataclass(frozen=True, kw_only=True)
class ProcessLimits:
    """What the kernel allows a decoding child; a file that wants more kills only the child."""

    memory_bytes: int
    cpu_s: float
    file_bytes: int
    open_files: int = 64

    def impose_on_this_process(self) -> None:
        """Set the limits on the calling process, for good: a child has no business raising them.

        It also caches no compiled module from now on: one that the file limit cut short would
        break every later process that imports it.
        """
        sys.dont_write_bytecode = True
        wanted = {
            resource.RLIMIT_AS: self.memory_bytes,
            resource.RLIMIT_CPU: math.ceil(self.cpu_s),
            resource.RLIMIT_FSIZE: self.file_bytes,
            resource.RLIMIT_NOFILE: self.open_files,
            resource.RLIMIT_CORE: 0,
        }
        for kind, value in wanted.items():
            _, hard = resource.getrlimit(kind)
            bounded = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(kind, (bounded, bounded))


def child_command(module: str, *arguments: str) -> list[str]:
    """The command line that runs a module of this project with the interpreter we run on."""
    return [sys.executable, "-m", module, *arguments]


def child_environment() -> dict[str, str]:
    """An environment with nothing in it that a hostile file could want: no secrets, one thread."""
    root = Path(__file__).resolve().parents[2]
    return {
        "PATH": os.defpath,
        "PYTHONPATH": str(root),
        "PYTHONUTF8": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
