"""Replacing the operator's key, and which keys may be believed about which part of the log.

A handover names the old and the new key and the last seal that the old one vouches for. Both have
signed it, so whoever knows either key can follow the line in both directions. It lies beside the
checkpoints, outside the database.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.conf import settings
from django.db import connection
from django.utils import timezone

from voiceassets.audit import growth
from voiceassets.audit.chain import canonical, timestamp
from voiceassets.audit.checkpoint import write_checkpoint
from voiceassets.audit.sealer import ONE_SEALER
from voiceassets.audit.signing import (
    load_private_key,
    make_private_key,
    public_pem,
    signing_key,
    write_once,
)
from voiceassets.core.context import platform_scope

FORMAT = "voiceassets/handover/1"
FOLDER = "keys"


@dataclass(frozen=True, kw_only=True)
class Handover:
    """One change of the key; `body` holds `old`, `new` (PEM), `seal` and `at`."""

    body: dict[str, Any]
    signature: str
    countersignature: str

    def holds(self) -> bool:
        """Whether both keys have signed it."""
        signed = {"old": self.signature, "new": self.countersignature}
        try:
            for which, signature in signed.items():
                _key(self.body[which]).verify(base64.b64decode(signature), canonical(self.body))
        except (InvalidSignature, KeyError, TypeError, ValueError):
            return False
        return isinstance(self.body.get("seal"), int)


def rotate() -> Path:
    """Hand over to a new key and remove the old one; returns the statement's file.

    No event is sealed meanwhile. Cut off in the middle, the next call goes on with the same key.
    """
    path: Path = settings.AUDIT_KEY_FILE
    upcoming = path.with_name(f"{path.name}.next")
    with platform_scope(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_SEALER])
        write_checkpoint()
        old = signing_key()
        make_private_key(upcoming)
        new = load_private_key(upcoming)
        statement = _written(old, new, seal=growth.size())
        upcoming.replace(path)
    write_checkpoint()
    return statement


def handovers(folder: Path) -> Iterator[tuple[str, Handover]]:
    """Every statement beside the checkpoints in `folder`, in order, with its name."""
    for path in sorted((folder / FOLDER).glob("*.json")):
        content = json.loads(path.read_bytes())
        yield path.name, Handover(**content)


def believed(known: Ed25519PublicKey, statements: list[Handover]) -> dict[str, int | None]:
    """The keys (PEM) that `known` leads to, with the last seal each may vouch for; None: no last.

    A key that handed over twice is believed about neither successor: one of them is not ours.
    """
    sound = [handover.body for handover in statements if handover.holds()]
    given = [body["old"] for body in sound]
    line = [body for body in sound if given.count(body["old"]) == 1]
    keys: dict[str, int | None] = {public_pem(known): None}
    while True:
        more = [b for b in line if (b["old"] in keys) != (b["new"] in keys)]
        if not more:
            break
        for body in more:
            keys.setdefault(body["old"], None)
            keys.setdefault(body["new"], None)
    for body in line:
        if body["old"] in keys:
            keys[body["old"]] = body["seal"]
    return keys


def _written(old: Ed25519PrivateKey, new: Ed25519PrivateKey, *, seal: int) -> Path:
    now = timezone.now()
    body = {
        "format": FORMAT,
        "old": public_pem(old.public_key()),
        "new": public_pem(new.public_key()),
        "seal": seal,
        "at": timestamp(now),
    }
    for name, known in handovers(settings.AUDIT_CHECKPOINT_DIR):
        if (known.body["old"], known.body["new"]) == (body["old"], body["new"]):
            written: Path = settings.AUDIT_CHECKPOINT_DIR / FOLDER / name
            return written
    signed = {
        "body": body,
        "signature": base64.b64encode(old.sign(canonical(body))).decode(),
        "countersignature": base64.b64encode(new.sign(canonical(body))).decode(),
    }
    name = f"{seal:012d}-{now:%Y%m%dT%H%M%S%f}.json"
    return write_once(settings.AUDIT_CHECKPOINT_DIR / FOLDER / name, canonical(signed))


def _key(pem: str) -> Ed25519PublicKey:
    key = load_pem_public_key(pem.encode())
    if not isinstance(key, Ed25519PublicKey):
        raise TypeError("this is no Ed25519 public key")
    return key
