"""Seals voiceprints, and names whose they are by pseudonyms that only the key can lead back to.

ISO/IEC 24745: whoever reads the database alone learns neither what a voice is like nor whose it is.
"""

from __future__ import annotations

import hmac
import secrets
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import numpy as np
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from numpy.typing import NDArray

from voiceassets.audit.signing import write_once
from voiceassets.core import envelope
from voiceassets.core.envelope import KEY_BYTES
from voiceassets.core.models import TenantOwned

Vector = NDArray[np.float32]


def pseudonym(row: TenantOwned) -> str:
    """Always the same for one row, and of no meaning without the key."""
    name = f"{row.tenant_id}:{row.public_id}"
    return hmac.new(_key(b"pseudonym"), name.encode(), sha256).hexdigest()


def seal(vector: Vector, *, bound_to: str) -> bytes:
    """Encrypt a vector [d] so that it opens only where it belongs (AES-256-GCM)."""
    plain = vector.astype("<f4").tobytes()
    return envelope.seal(_key(b"vector"), plain, about=bound_to.encode())


def unseal(sealed: bytes, *, bound_to: str) -> Vector:
    """The inverse of `seal`; raises `Unsealable` for another key, another place, or damage."""
    return np.frombuffer(envelope.unseal(_key(b"vector"), sealed, about=bound_to.encode()), "<f4")


def _key(use: bytes) -> bytes:
    """One use's key from the file's secret, which is made on first use, for its owner only."""
    path: Path = settings.VOICEPRINT_KEY_FILE
    if not path.exists():
        with suppress(FileExistsError):  # another process made it first; its secret counts
            write_once(path, secrets.token_bytes(KEY_BYTES), mode=0o400)
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=use).derive(path.read_bytes())
