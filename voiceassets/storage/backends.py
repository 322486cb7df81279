"""Where bytes lie: the protocol of a store, and the one the settings name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, Protocol
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

CHUNK_BYTES = 1024 * 1024


class KeyTaken(Exception):
    """Something is stored under this key already; nothing is ever overwritten."""


class Missing(Exception):
    """Nothing is stored under this key."""


@dataclass(frozen=True, kw_only=True)
class Written:
    """What was stored: measured while it was written, so it is true of those bytes."""

    sha256: str
    size_bytes: int
    content_type: str


@dataclass(frozen=True, kw_only=True)
class SignedRequest:
    """A request that anybody who holds it may send to the store, until it expires."""

    url: str
    headers: dict[str, str] = field(default_factory=dict)


class Backend(Protocol):
    """A store of immutable files under keys of our own making."""

    def put(self, key: str, source: BinaryIO, *, content_type: str) -> Written:
        """Store all of `source`, or nothing.

        Raises:
            KeyTaken: the key is in use.
        """

    def open(self, key: str) -> BinaryIO:
        """The stored bytes, to be closed by the caller.

        Raises:
            Missing: there are none.
        """

    def delete(self, key: str) -> None:
        """Remove the bytes and what a cut-off `put` left of them; harmless when there are none."""

    def keys(self) -> Iterator[str]:
        """Every key in use, and every remainder of a cut-off `put`, for inspection."""

    def signed_download(
        self, key: str, *, ttl_s: int, content_type: str, file_name: str
    ) -> SignedRequest | None:
        """A GET straight from the store; None when the store cannot be reached by clients."""

    def signed_upload(
        self, key: str, *, ttl_s: int, content_type: str, size_bytes: int
    ) -> SignedRequest | None:
        """A PUT straight to the store, of exactly this size; None as above."""


def backend() -> Backend:
    """The store that OBJECT_STORE names: `file:///folder` or `s3://bucket/prefix`."""
    return backend_at(settings.OBJECT_STORE)


def backend_at(store: str) -> Backend:
    """Another store, named in the same way and reached at the same endpoint."""
    return _backend(store, settings.OBJECT_STORE_ENDPOINT)


@lru_cache(maxsize=4)
def _backend(store: str, endpoint: str) -> Backend:
    url = urlsplit(store)
    if url.scheme == "file" and not url.netloc and url.path.startswith("/"):
        from voiceassets.storage.files import FileBackend  # each store loads only its own needs

        return FileBackend(Path(unquote(url.path)))
    if url.scheme == "s3" and url.netloc:
        from voiceassets.storage.s3 import S3Backend  # boto3 takes a quarter of a second to import

        return S3Backend(bucket=url.netloc, prefix=url.path.strip("/"), endpoint=endpoint)
    raise ImproperlyConfigured(
        f"The object store {store!r} is neither file:///an/absolute/folder nor s3://bucket/prefix."
    )
