"""Signed statements about the chain's head, kept outside the database: what shows a cut tail."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from voiceassets.audit import growth, tree
from voiceassets.audit.chain import canonical, timestamp
from voiceassets.audit.models import Seal
from voiceassets.audit.signing import Signed, sign, write_once

ORIGIN = "voiceassets/audit"
LATEST = "latest"


def write_checkpoint() -> Path | None:
    """Sign the newest seal into a file that is never overwritten; None before the first seal."""
    # One the tree holds: a seal is added to both in one transaction.
    seal = Seal.objects.filter(number=growth.size()).first()
    if seal is None:
        return None
    now = timezone.now()
    body = {
        "origin": ORIGIN,
        "seal": seal.number,
        "hash": bytes(seal.hash).hex(),
        "root": tree.root(seal.number, growth.node).hex(),
        "total": seal.total,
        "at": timestamp(now),
    }
    name = f"{seal.number:012d}-{now:%Y%m%dT%H%M%S%f}.json"
    written = write_once(settings.AUDIT_CHECKPOINT_DIR / name, canonical(sign(body).as_dict()))
    pointer = written.with_name(f".{LATEST}.{os.getpid()}")
    pointer.write_text(name)
    pointer.replace(written.with_name(LATEST))
    return written


def latest() -> Signed | None:
    """The newest checkpoint, or None before the first."""
    pointer = settings.AUDIT_CHECKPOINT_DIR / LATEST
    try:
        return _read(settings.AUDIT_CHECKPOINT_DIR / pointer.read_text())
    except FileNotFoundError:
        return None


def checkpoints(folder: Path, *, since: int = 0) -> Iterator[tuple[str, Signed]]:
    """Every checkpoint file of so many seals or more in order, with its name."""
    for path in sorted(folder.glob("*.json")):
        if path.name >= f"{since:012d}":
            yield path.name, _read(path)


def _read(path: Path) -> Signed:
    content = json.loads(path.read_bytes())
    return Signed(body=content["body"], key=content["key"], signature=content["signature"])
