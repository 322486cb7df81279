"""What workers hand to this room: plain values, measured elsewhere, with the files they stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from voiceassets.storage.backends import Written
from voiceassets.storage.models import StoredObject


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """Something a person must hear; a slice that it makes unfit is left out until then.

    What is barred nobody may accept by listening.
    """

    code: str
    message: str
    fix: str
    is_unfit: bool
    is_barred: bool = False


@dataclass(frozen=True, kw_only=True)
class PreparedSegment:
    """A slice with its text; `object` is pending and holds the WAV that `written` measures."""

    start_ms: int
    end_ms: int
    object: StoredObject
    written: Written
    text: str
    language: str
    report: Mapping[str, float | None]
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PreparedRecording:
    """The outcome of one preparation.

    `transcript_note` says why the segments have no text, and is empty when they have. `dropped`
    are JSON objects with `start_ms`, `end_ms`, `reason` and `detail`.
    """

    report: Mapping[str, float | None]
    transcript_note: str = ""
    segments: tuple[PreparedSegment, ...] = ()
    dropped: tuple[Mapping[str, Any], ...] = ()
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True, kw_only=True)
class FrozenDataset:
    """A manifest's bytes, pending, its content hash, and the clips it names in order.

    `selection` has a JSON object with `segment`, `is_chosen` and `reason` for each segment that
    was offered, if fewer than all were wanted.
    """

    object: StoredObject
    written: Written
    content_hash: str
    clip_sha256s: tuple[str, ...]
    coverage: Mapping[str, Any]
    selection: tuple[Mapping[str, Any], ...] | None = None
