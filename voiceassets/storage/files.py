"""A store in a folder: written aside, synced, then linked to its name if that is free."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from voiceassets.core.errors import StorageFull
from voiceassets.storage.backends import CHUNK_BYTES, KeyTaken, Missing, SignedRequest, Written

ASIDE = ".part-"
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class FileBackend:
    """Files under `root`, read-only once written.

    An unfinished file lies beside its place, named after the key, so that deleting the key also
    removes what a killed process left of it.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, key: str, source: BinaryIO, *, content_type: str) -> Written:
        path = self._path(key)
        _make_folder(path.parent)
        aside = path.with_name(f"{path.name}{ASIDE}{secrets.token_hex(4)}")
        try:
            written = _write_synced(aside, source, content_type)
            os.link(aside, path)
        except FileExistsError as error:
            raise KeyTaken(key) from error
        except OSError as error:
            if error.errno not in NO_ROOM:
                raise
            raise StorageFull(
                "The disk of the object store is full; free some space and try again."
            ) from error
        finally:
            aside.unlink(missing_ok=True)
        _sync_folder(path.parent)
        return written

    def open(self, key: str) -> BinaryIO:
        try:
            return self._path(key).open("rb")
        except FileNotFoundError as error:
            raise Missing(key) from error

    def delete(self, key: str) -> None:
        path = self._path(key)
        if not path.parent.is_dir():
            return
        for remainder in path.parent.glob(f"{path.name}{ASIDE}*"):
            remainder.unlink(missing_ok=True)
        path.unlink(missing_ok=True)
        _sync_folder(path.parent)

    def keys(self) -> Iterator[str]:
        for path in sorted(self.root.rglob("*")):
            if path.is_file():
                yield str(path.relative_to(self.root))

    def signed_download(
        self, key: str, *, ttl_s: int, content_type: str, file_name: str
    ) -> SignedRequest | None:
        return None

    def signed_upload(
        self, key: str, *, ttl_s: int, content_type: str, size_bytes: int
    ) -> SignedRequest | None:
        return None

    def _path(self, key: str) -> Path:
        """Keys are our own; one that leaves the root is a programming error worth stopping at."""
        parts = key.split("/")
        if any(part in {"", ".", ".."} for part in parts) or "\0" in key:
            raise ValueError(f"{key!r} is not a key of this store")
        return self.root.joinpath(*parts)


def _write_synced(path: Path, source: BinaryIO, content_type: str) -> Written:
    digest, size_bytes = hashlib.sha256(), 0
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    with os.fdopen(descriptor, "wb") as file:
        while chunk := source.read(CHUNK_BYTES):
            digest.update(chunk)
            file.write(chunk)
            size_bytes += len(chunk)
        file.flush()
        os.fsync(file.fileno())
    return Written(sha256=digest.hexdigest(), size_bytes=size_bytes, content_type=content_type)


def _make_folder(folder: Path) -> None:
    """The folder and those above it, each synced into its parent."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir(mode=0o700, exist_ok=True)
        _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """A new or removed name survives a power cut only once its folder is synced."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
