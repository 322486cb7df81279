"""The child process that opens a pickled checkpoint and writes its tensors as safetensors.

`python -m synthesis.exchange.checkpoint_reader IN OUT` prints one line of JSON, or a reason on
stderr and exits 1. Only tensors, containers and the configuration bag of exported voices can be
built; any other class in the file ends the reading before it is called.
"""

import io
import json
import pickle
import re
import resource
import sys
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from torch import Tensor

from synthesis.exchange.notes import BAG

MEMORY_LIMIT_BYTES = 16 << 30
LARGEST_FILE_BYTES = 2 << 30
ZIP_MARK = b"PK"
# Some exports carry their version in place of the first two bytes of the archive.
VERSION_MARKS = frozenset(b"%02d" % number for number in range(7))
# Where the tensors lie: exported voices, resumable training states, trainer files.
STATE_KEYS = ("weight", "model", "state_dict")
# The class in which exports keep their settings.
BAG_MODULE, BAG_CLASS = "utils", "HParams"
# How torch names the class that it will not build.
REFUSED_CLASS = re.compile(r"GLOBAL ([\w.]+)")


class SettingsBag:
    """Stands in for the attribute bag in which exports keep their settings."""


def archive(data: bytes) -> bytes:
    """The file with its first two bytes restored; ValueError when it is no archive."""
    if data[:2] not in VERSION_MARKS | {ZIP_MARK}:
        raise ValueError("it is not a PyTorch archive")
    return ZIP_MARK + data[2:]


def tensors_of(content: object) -> dict[str, Tensor]:
    """The tensors of an opened checkpoint; ValueError when there are none."""
    if isinstance(content, dict):
        for key in STATE_KEYS:
            if isinstance(content.get(key), dict):
                content = content[key]
                break
    if not isinstance(content, dict) or not content:
        raise ValueError("it holds no table of tensors")
    for key, value in content.items():
        if not isinstance(key, str) or not isinstance(value, Tensor):
            raise ValueError(f"{str(key)[:80]} in its table is not a tensor")
    # Tensors that share memory cannot be stored; each gets its own.
    return {key: value.detach().clone().contiguous() for key, value in content.items()}


def settings_of(value: object) -> object:
    """Settings as JSON, bags marked as such; ValueError when they hold anything else."""
    if isinstance(value, SettingsBag):
        return {BAG: settings_of(vars(value))}
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {key: settings_of(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [settings_of(inner) for inner in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise ValueError("settings of another kind")


def read(source: Path, target: Path) -> dict[str, object]:
    """Convert one file; returns what the checkpoint says about itself."""
    if source.stat().st_size > LARGEST_FILE_BYTES:
        raise ValueError("it is larger than any known checkpoint")
    data = io.BytesIO(archive(source.read_bytes()))
    with torch.serialization.safe_globals([(SettingsBag, f"{BAG_MODULE}.{BAG_CLASS}")]):
        content: Any = torch.load(data, map_location="cpu", weights_only=True)
    safetensors.torch.save_file(tensors_of(content), target)
    said = content if isinstance(content, dict) else {}
    info = said.get("info", "")
    try:
        settings = settings_of(said.get("config"))
    except ValueError:
        settings = None
    return {"info": info if isinstance(info, str) else "", "settings": settings}


def main() -> int:
    """Run within a memory limit."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT_BYTES, MEMORY_LIMIT_BYTES))
    try:
        answer = read(Path(sys.argv[1]), Path(sys.argv[2]))
    except pickle.UnpicklingError as error:
        named = REFUSED_CLASS.search(str(error))
        what = f" ({named[1]})" if named else ""
        sys.stderr.write(f"it holds objects other than tensors{what}, which are never loaded\n")
    except (OSError, ValueError, RuntimeError, EOFError, MemoryError) as error:
        sys.stderr.write(f"{str(error).splitlines()[0]}\n")
    else:
        sys.stdout.write(json.dumps(answer))
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
