"""Files that are either whole or not there, whenever the process is killed."""

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a neighbour of `path`, force it to the disk, then give it the name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    write(partial)
    with partial.open("rb") as file:
        os.fsync(file.fileno())
    partial.replace(path)


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write plain values as readable JSON."""
    text = json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    write_whole(path, lambda partial: partial.write_text(text, encoding="utf-8"))


def read_json(path: Path) -> dict[str, Any] | None:
    """Read what `write_json` wrote, or None when it was never written."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    value: dict[str, Any] = json.loads(text)
    return value


def claim(path: Path, identity: Mapping[str, Any]) -> list[str]:
    """Write down whose a folder is, or name what is other about whom it belongs to already."""
    # Through JSON and back, so that tuples compare as they will be read.
    wanted: dict[str, Any] = json.loads(json.dumps(identity))
    owner = read_json(path)
    if owner is None:
        write_json(path, wanted)
        return []
    return [name for name, value in wanted.items() if owner.get(name) != value]


def write_state(path: Path, state: Mapping[str, Any]) -> None:
    """Write nested plain values and tensors."""
    write_whole(path, lambda partial: torch.save(dict(state), partial))


def read_state(path: Path) -> dict[str, Any] | None:
    """Read what `write_state` wrote, onto the CPU, or None when it was never written."""
    if not path.exists():
        return None
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return state


def write_tensors(path: Path, tensors: Mapping[str, Tensor]) -> None:
    """Write a flat mapping of tensors as safetensors."""
    write_whole(path, lambda partial: save_file(dict(tensors), partial))
