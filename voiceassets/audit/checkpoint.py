"""Signed statements about the chain's head, kept outside the database: what shows a cut tail."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from voiceassets.audit.chain import canonical, timestamp
from voiceassets.audit.models import Seal
from voiceassets.audit.signing import Signed, sign, write_once

ORIGIN = "voiceassets/audit"


def write_checkpoint() -> Path | None:
    """Sign the newest seal into a file that is never overwritten; None before the first seal."""
    seal = Seal.objects.order_by("-number").first()
    if seal is None:
        return None
    now = timezone.now()
    body = {
        "origin": ORIGIN,
        "seal": seal.number,
        "hash": bytes(seal.hash).hex(),
        "total": seal.total,
        "at": timestamp(now),
    }
    name = f"{seal.number:012d}-{now:%Y%m%dT%H%M%S%f}.json"
    return write_once(settings.AUDIT_CHECKPOINT_DIR / name, canonical(sign(body).as_dict()))


def checkpoints(folder: Path) -> Iterator[tuple[str, Signed]]:
    """Every checkpoint file in order, with its name."""
    for path in sorted(folder.glob("*.json")):
        content = json.loads(path.read_bytes())
        yield (
            path.name,
            Signed(body=content["body"], key=content["key"], signature=content["signature"]),
        )
