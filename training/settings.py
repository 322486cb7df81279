"""The settings of a fine-tune by name: what a command line or a request changes of a preset.

Nothing heavy is imported here, as in `training.config`.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from enum import EnumType
from types import UnionType
from typing import Any, get_args, get_type_hints

from training.config import FinetuneConfig

# A preset, a seed and a device are asked for by themselves.
_OWN_QUESTIONS = ("preset", "seed", "device")
_RATE = (1e-9, 1.0)
_WEIGHT = (0.0, 1000.0)
# The least and the most of every number, by the last part of its name.
BOUNDS: dict[str, tuple[float, float]] = {
    "checkpoint_every_steps": (1, 100_000),
    "sentences": (0, 1000),
    "epochs": (1, 200),
    "max_steps": (1, 1_000_000),
    "keep_epochs": (1, 200),
    "patience_epochs": (1, 200),
    "batch_size": (1, 256),
    "batch_frames": (100, 100_000),
    "accumulate": (1, 256),
    "learning_rate": _RATE,
    "text_rate_ratio": (0.0, 10.0),
    "betas": (0.0, 0.999999),
    "eps": _RATE,
    "weight_decay": (0.0, 1.0),
    "decay_per_epoch": (0.5, 1.0),
    "mel_weight": _WEIGHT,
    "kl_weight": _WEIGHT,
    "pitch_weight": _WEIGHT,
    "lora_rank": (1, 256),
    "lora_rate": _RATE,
    "first_rate": _RATE,
    "peak_rate": _RATE,
}


class BadSetting(ValueError):
    """A setting that does not exist, or cannot have the value; the message says what can be."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


def parse(assignments: Iterable[str]) -> dict[str, object]:
    """Read `name=value` pairs, the value as JSON or else as a word.

    Raises:
        BadSetting: a pair has no equals sign.
    """
    found: dict[str, object] = {}
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not equals:
            raise BadSetting(name, f"{assignment!r} is no NAME=VALUE, such as recompute=true.")
        try:
            found[name.strip()] = json.loads(value)
        except json.JSONDecodeError:
            found[name.strip()] = value.strip()
    return found


def change(config: FinetuneConfig, changes: Mapping[str, object]) -> FinetuneConfig:
    """Return the same settings but for those that are named, such as `semantic.lora_rank`.

    Raises:
        BadSetting: there is no such setting, or it cannot have the value.
    """
    known = names()
    for name, value in changes.items():
        if name not in known:
            raise BadSetting(name, f"There is no setting {name!r}. Known: {', '.join(known)}.")
        checked = _checked(name, known[name], value)
        stage, _, setting = name.rpartition(".")
        part: dict[str, Any] = {setting: checked}
        if stage:
            part = {stage: replace(getattr(config, stage), **part)}
        config = replace(config, **part)
    return config


def names() -> dict[str, Any]:
    """The type of every setting that can be changed, by its name."""
    hints = get_type_hints(FinetuneConfig)
    found: dict[str, Any] = {}
    for entry in fields(FinetuneConfig):
        kind = hints[entry.name]
        if is_dataclass(kind):
            inner = get_type_hints(kind)
            found |= {f"{entry.name}.{each.name}": inner[each.name] for each in fields(kind)}
        elif entry.name not in _OWN_QUESTIONS:
            found[entry.name] = kind
    return found


def _checked(name: str, kind: Any, value: object) -> object:
    """The value as the setting holds it."""
    options = get_args(kind) if isinstance(kind, UnionType) else (kind,)
    if value is None and type(None) in options:
        return None
    kind = options[0]
    if kind is bool:
        if isinstance(value, bool):
            return value
        raise BadSetting(name, f"{name} must be true or false.")
    if isinstance(kind, EnumType):
        words = list(map(str, kind.__members__.values()))
        if value in words:
            return kind(value)
        raise BadSetting(name, f"{name} must be one of {', '.join(words)}.")
    return _numbers(name, kind, value, or_null=len(options) > 1)


def _numbers(name: str, kind: Any, value: object, *, or_null: bool) -> object:
    """The number, or the tuple of numbers, within its bounds."""
    least, most = BOUNDS[name.rpartition(".")[2]]

    def is_within(number: object) -> bool:
        if isinstance(number, bool) or not isinstance(number, int if kind is int else int | float):
            return False
        return least <= number <= most

    limits = f"from {least:g} to {most:g}" + (" or null" if or_null else "")
    if kind in (int, float):
        if is_within(value):
            return kind(value)
        raise BadSetting(
            name, f"{name} must be a {'whole ' if kind is int else ''}number {limits}."
        )
    count = len(get_args(kind))
    if isinstance(value, list | tuple) and len(value) == count and all(map(is_within, value)):
        return tuple(map(float, value))
    raise BadSetting(name, f"{name} must be {count} numbers {limits}.")
