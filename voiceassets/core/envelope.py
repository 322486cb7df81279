"""Envelope encryption: a master key outside the database wraps the keys that seal people's data.

The master key file holds a line per key, `name base64`, the newest first: the first one wraps, the
others still unwrap. Its line `index` is the key of `fingerprint` and stays when the others change.
AES-256-GCM throughout, with a random 96-bit nonce before the ciphertext.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

KEY_BYTES = 32
NONCE_BYTES = 12
INDEX = "index"


class Unsealable(RuntimeError):
    """The bytes were not sealed with a key of this platform, or were changed since."""


def seal(key: bytes, plain: bytes, *, about: bytes) -> bytes:
    """`plain`, readable only with `key` and for the thing `about` names."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, about)


def unseal(key: bytes, sealed: bytes, *, about: bytes) -> bytes:
    """Raises `Unsealable` unless `seal` made this with the same key and `about`."""
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], about)
    except (InvalidTag, ValueError) as error:
        raise Unsealable("This was sealed with another key, or changed since.") from error


def wrap(key: bytes, *, about: bytes) -> tuple[str, bytes]:
    """`key` sealed with the newest master key, and that one's name."""
    name, master = next(iter(master_keys().items()))
    return name, seal(master, key, about=about)


def unwrap(name: str, wrapped: bytes, *, about: bytes) -> bytes:
    """Raises `Unsealable` when the master key of that name is not in the file any more."""
    master = master_keys().get(name)
    if master is None:
        raise Unsealable(
            f"The master key {name} is not in {settings.MASTER_KEY_FILE}; put its line back."
        )
    return unseal(master, wrapped, about=about)


def fingerprint(text: str, *, about: str) -> str:
    """A keyed digest (HMAC-SHA-256, hexadecimal) to find a sealed text by, and nothing else."""
    key = _lines()[INDEX]
    return hmac.new(key, f"{about}\0{text}".encode(), hashlib.sha256).hexdigest()


def master_keys() -> dict[str, bytes]:
    """The master keys by name, the newest first."""
    return {name: key for name, key in _lines().items() if name != INDEX}


def add_master_key() -> str:
    """Put a new key before the others: it wraps from now on; returns its name."""
    name = _name()
    _write({name: secrets.token_bytes(KEY_BYTES), **_lines()})
    return name


def drop_old_master_keys() -> list[str]:
    """Keep only the newest; what the others wrapped is lost. Returns the names that went."""
    old = list(master_keys())[1:]
    _write({name: key for name, key in _lines().items() if name not in old})
    return old


def _lines() -> dict[str, bytes]:
    path: Path = settings.MASTER_KEY_FILE
    if not path.exists():
        _create(path)
    return _read(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=2)
def _read(path: Path, changed_ns: int) -> dict[str, bytes]:
    """The lines as they were at that time."""
    try:
        spelled = [line.split() for line in path.read_text().splitlines() if line.strip()]
        keys = {name: base64.b64decode(key, validate=True) for name, key in spelled}
    except (ValueError, binascii.Error) as error:
        raise Unsealable(f"{path} is damaged; every line is a name and a key in Base64.") from error
    if INDEX not in keys or len(keys) == 1 or {len(key) for key in keys.values()} != {KEY_BYTES}:
        raise Unsealable(f"{path} needs a line `{INDEX}` and a master key, of 32 bytes each.")
    return keys


def _create(path: Path) -> None:
    """Two keys, made once; of two processes that try, the first one's count."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = {name: secrets.token_bytes(KEY_BYTES) for name in (_name(), INDEX)}
    aside = _written_aside(path, fresh)
    with suppress(FileExistsError):
        os.link(aside, path)
    aside.unlink()


def _name() -> str:
    return f"m{secrets.token_hex(4)}"


def _write(keys: Mapping[str, bytes]) -> None:
    path: Path = settings.MASTER_KEY_FILE
    _written_aside(path, keys).replace(path)


def _written_aside(path: Path, keys: Mapping[str, bytes]) -> Path:
    aside = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    spelled = "".join(f"{name} {base64.b64encode(key).decode()}\n" for name, key in keys.items())
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    with os.fdopen(descriptor, "w") as file:
        file.write(spelled)
        file.flush()
        os.fsync(file.fileno())
    return aside
