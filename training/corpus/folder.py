"""A corpus on disk: one long wave, a line per utterance, and what they are; and reading it back."""

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthesis.errors import EngineError
from training.corpus.utterance import SAMPLE_RATE_HZ

WAVE, LINES, CARD = "wave.i16", "utterances.jsonl", "corpus.json"
FORMAT = "voice-assets-corpus"
VERSION = 1
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Line:
    """One utterance: its text and place in the wave; phone i sounds in [edges[i], edges[i+1])."""

    id: str
    text: str
    language: str
    voice: str
    split: str
    phones: tuple[str, ...]
    edges: tuple[int, ...]
    start: int
    samples: int

    def as_dict(self) -> dict[str, Any]:
        return {**vars(self), "phones": list(self.phones), "edges": list(self.edges)}


@dataclass(frozen=True, kw_only=True)
class Corpus:
    """A corpus that was read: its wave stays on disk until it is used."""

    wave: NDArray[np.int16]
    lines: tuple[Line, ...]
    card: dict[str, Any]

    def audio(self, line: Line) -> NDArray[np.float32]:
        """The sound [s] of one utterance, between -1 and 1."""
        piece = self.wave[line.start : line.start + line.samples]
        return np.asarray(piece, dtype=np.float32) / np.float32(32768)


def write(folder: Path, spoken: Iterable[tuple[dict[str, Any], bytes]], **card: Any) -> None:
    """Store utterances in order; the folder appears only when it is whole.

    ``spoken`` gives each line without its start and samples, and its 16-bit sound; ``card`` may
    hold callables, which are asked after the last utterance.
    """
    if folder.exists():
        raise EngineError(f"{folder} exists; name a folder that does not.", code="corpus_exists")
    part = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    part.mkdir(parents=True)
    start, count = 0, 0
    with (part / WAVE).open("wb") as wave, (part / LINES).open("w", encoding="utf-8") as lines:
        for line, sound in spoken:
            samples = len(sound) // 2
            wave.write(sound)
            entry = {**line, "start": start, "samples": samples}
            lines.write(json.dumps(entry, ensure_ascii=False) + "\n")
            start, count = start + samples, count + 1
    text = {
        "format": FORMAT,
        "version": VERSION,
        "sample_rate_hz": SAMPLE_RATE_HZ,
        "utterances": count,
        "hours": round(start / SAMPLE_RATE_HZ / 3600, 4),
        **{name: value() if callable(value) else value for name, value in card.items()},
        "sha256": {name: _sha256(part / name) for name in (WAVE, LINES)},
    }
    (part / CARD).write_text(json.dumps(text, ensure_ascii=False, indent=2) + "\n")
    part.rename(folder)


def read(folder: Path) -> Corpus:
    """A corpus from its folder; raises `EngineError` when it is not one."""
    try:
        card = json.loads((folder / CARD).read_text(encoding="utf-8"))
        lines = (folder / LINES).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError as error:
        raise EngineError(f"{folder} is not a corpus: {error}", code="corpus_missing") from error
    if card.get("format") != FORMAT or card.get("version") != VERSION:
        raise EngineError(f"{folder} is not a corpus of version {VERSION}.", code="corpus_format")
    wave = np.memmap(folder / WAVE, dtype="<i2", mode="r")
    return Corpus(wave=wave, lines=tuple(_line(json.loads(text)) for text in lines), card=card)


def _line(entry: dict[str, Any]) -> Line:
    return Line(**{**entry, "phones": tuple(entry["phones"]), "edges": tuple(entry["edges"])})


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
