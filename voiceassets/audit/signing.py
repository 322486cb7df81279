"""The operator's Ed25519 key, and statements signed with it: checkpoints, receipts, exports."""

from __future__ import annotations

import base64
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from django.conf import settings

from voiceassets.audit.chain import canonical


@dataclass(frozen=True, kw_only=True)
class Signed:
    """A statement, the public key (PEM) it was signed with, and the signature (Base64)."""

    body: dict[str, Any]
    key: str
    signature: str

    def verify(self, public_key: Ed25519PublicKey) -> bool:
        try:
            public_key.verify(base64.b64decode(self.signature), canonical(self.body))
        except (InvalidSignature, ValueError):
            return False
        return True

    def verify_itself(self) -> bool:
        """Whether the key that it names has signed it; whether to believe that key is not asked."""
        key = load_pem_public_key(self.key.encode())
        return isinstance(key, Ed25519PublicKey) and self.verify(key)

    def as_dict(self) -> dict[str, Any]:
        return {"body": self.body, "key": self.key, "signature": self.signature}


def sign(body: dict[str, Any]) -> Signed:
    """Sign the canonical spelling of `body`, which may hold no floats."""
    private_key = signing_key()
    return Signed(
        body=body,
        key=public_pem(private_key.public_key()),
        signature=base64.b64encode(private_key.sign(canonical(body))).decode(),
    )


def signing_key() -> Ed25519PrivateKey:
    """The operator's key; made on first use, readable by its owner only."""
    make_private_key(settings.AUDIT_KEY_FILE)
    return load_private_key(settings.AUDIT_KEY_FILE)


def make_private_key(path: Path) -> None:
    """A new key in this file, unless there is one already."""
    if not path.exists():
        fresh = Ed25519PrivateKey.generate().private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        )
        with suppress(FileExistsError):  # another process made it first; its key counts
            write_once(path, fresh, mode=0o400)


def load_private_key(path: Path) -> Ed25519PrivateKey:
    key = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError(f"{path} does not hold an Ed25519 private key")
    return key


def public_pem(key: Ed25519PublicKey) -> str:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def write_once(path: Path, content: bytes, *, mode: int = 0o444) -> Path:
    """A whole file or none: written aside, synced, then linked to its name if that is free."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    try:
        os.write(descriptor, content)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    try:
        os.link(aside, path)
    finally:
        aside.unlink()
    return path
