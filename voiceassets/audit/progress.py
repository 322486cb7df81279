"""How far the log was verified, signed and kept beside the checkpoints, to go on from there."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from django.utils import timezone

from voiceassets.audit import tree
from voiceassets.audit.chain import GENESIS, canonical, timestamp
from voiceassets.audit.signing import Signed, sign

FORMAT = "voiceassets/verified/1"
NAME = "verified"


@dataclass(frozen=True, kw_only=True)
class Progress:
    """The head of the log at a verified checkpoint, and the edge of the tree that grows on."""

    seal: int = 0
    hash: bytes = GENESIS
    total: int = 0
    edge: Mapping[tuple[int, int], bytes] = field(default_factory=dict)

    @property
    def root(self) -> bytes:
        """The tree's root over all seals so far, at least one."""
        return tree.root(self.seal, lambda level, index: self.edge[level, index])


def load(folder: Path, keys: Mapping[str, int | None]) -> Progress:
    """What was kept, or the beginning where nothing was, or nobody who is believed signed it."""
    try:
        signed = Signed(**json.loads((folder / NAME).read_bytes()))
    except FileNotFoundError:
        return Progress()
    if signed.key not in keys or not signed.verify_itself() or signed.body["format"] != FORMAT:
        return Progress()
    body = signed.body
    return Progress(
        seal=body["seal"],
        hash=bytes.fromhex(body["hash"]),
        total=body["total"],
        edge={(level, index): bytes.fromhex(digest) for level, index, digest in body["edge"]},
    )


def keep(folder: Path, progress: Progress) -> None:
    """Sign it, and put it in the place of what was kept before."""
    signed = sign(
        {
            "format": FORMAT,
            "seal": progress.seal,
            "hash": progress.hash.hex(),
            "total": progress.total,
            "edge": [[*place, digest.hex()] for place, digest in sorted(progress.edge.items())],
            "at": timestamp(timezone.now()),
        }
    )
    aside = folder / f".{NAME}.{os.getpid()}"
    aside.write_bytes(canonical(signed.as_dict()))
    aside.replace(folder / NAME)
