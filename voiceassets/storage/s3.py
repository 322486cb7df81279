"""A store in an S3 bucket: conditional writes, checksums of our own, requests signed in advance.

Vendors differ in which checksum headers they check, keep or ignore, so none is relied on: the
SHA-256 is computed here, kept as metadata and in the database, and compared at every read.
"""

from __future__ import annotations

import base64
import hashlib
import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, cast
from urllib.parse import quote

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings

from voiceassets.core.errors import Unavailable
from voiceassets.storage.backends import CHUNK_BYTES, KeyTaken, Missing, SignedRequest, Written

ABSENT = frozenset({"NoSuchKey", "404", "NotFound"})
TAKEN = frozenset({"PreconditionFailed", "412", "ConditionalRequestConflict"})
CONFIG = Config(
    signature_version="s3v4",
    s3={"addressing_style": "path"},
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
    retries={"total_max_attempts": 3, "mode": "standard"},
    connect_timeout=5,
)


class S3Backend:
    """Objects in `bucket` under `prefix`; credentials and region come from boto3's own places."""

    def __init__(self, *, bucket: str, prefix: str, endpoint: str) -> None:
        self.bucket = bucket
        self.prefix = f"{prefix}/" if prefix else ""
        config = CONFIG.merge(Config(read_timeout=settings.OBJECT_STORE_TIMEOUT_S))
        self.client: Any = boto3.client("s3", endpoint_url=endpoint or None, config=config)

    def put(self, key: str, source: BinaryIO, *, content_type: str) -> Written:
        # A request is signed over its content, so the source is read twice: it must be seekable.
        with tempfile.TemporaryFile() as spool:
            body = source if source.seekable() else _copied(source, spool)
            start = body.tell()
            written = _measure(body, content_type)
            body.seek(start)
            with _answering(key):
                self._put(key, body, written)
        if not self._holds(key, written):
            self.delete(key)
            raise Unavailable(
                "The object store did not keep what was sent; try again, "
                "and check the store when it happens twice."
            )
        return written

    def open(self, key: str) -> BinaryIO:
        with _answering(key):
            answer = self.client.get_object(Bucket=self.bucket, Key=self._name(key))
        return io.BufferedReader(_Body(key, answer["Body"]), CHUNK_BYTES)

    def delete(self, key: str) -> None:
        with _answering(key):
            self.client.delete_object(Bucket=self.bucket, Key=self._name(key))

    def keys(self) -> Iterator[str]:
        pages = self.client.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=self.prefix
        )
        for page in pages:
            for item in page.get("Contents", []):
                yield item["Key"].removeprefix(self.prefix)

    def signed_download(
        self, key: str, *, ttl_s: int, content_type: str, file_name: str
    ) -> SignedRequest | None:
        params = {
            "Bucket": self.bucket,
            "Key": self._name(key),
            "ResponseContentType": content_type,
            "ResponseContentDisposition": f"attachment; filename*=UTF-8''{quote(file_name)}",
        }
        url = self.client.generate_presigned_url("get_object", Params=params, ExpiresIn=ttl_s)
        return SignedRequest(url=url)

    def signed_upload(
        self, key: str, *, ttl_s: int, content_type: str, size_bytes: int
    ) -> SignedRequest | None:
        # Size, type and "only if the key is free" are signed: a request without them is refused.
        params = {
            "Bucket": self.bucket,
            "Key": self._name(key),
            "ContentType": content_type,
            "ContentLength": size_bytes,
            "IfNoneMatch": "*",
        }
        url = self.client.generate_presigned_url("put_object", Params=params, ExpiresIn=ttl_s)
        headers = {
            "Content-Type": content_type,
            "Content-Length": str(size_bytes),
            "If-None-Match": "*",
        }
        return SignedRequest(url=url, headers=headers)

    def _put(self, key: str, body: BinaryIO, written: Written) -> None:
        try:
            self.client.put_object(
                Bucket=self.bucket,
                Key=self._name(key),
                Body=body,
                ContentLength=written.size_bytes,
                ContentType=written.content_type,
                ChecksumAlgorithm="SHA256",  # a bucket with an Object Lock insists on its name
                ChecksumSHA256=base64.b64encode(bytes.fromhex(written.sha256)).decode(),
                Metadata={"sha256": written.sha256},
                IfNoneMatch="*",
            )
        except ClientError as error:
            # When the answer to a first try was lost, the second finds the key taken: by itself.
            retried = error.response.get("ResponseMetadata", {}).get("RetryAttempts", 0) > 0
            if not (_code(error) in TAKEN and retried and self._holds(key, written)):
                raise

    def _holds(self, key: str, written: Written) -> bool:
        with _answering(key):
            head = self.client.head_object(Bucket=self.bucket, Key=self._name(key))
        found = (head["ContentLength"], head["Metadata"].get("sha256"))
        return bool(found == (written.size_bytes, written.sha256))

    def _name(self, key: str) -> str:
        return f"{self.prefix}{key}"


class _Body(io.RawIOBase):
    """A download whose connection may break: then it raises, it never just ends."""

    def __init__(self, key: str, body: Any) -> None:
        self._key, self._body = key, body

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        with _answering(self._key):
            chunk: bytes = self._body.read(len(buffer))
        buffer[: len(chunk)] = chunk
        return len(chunk)

    def close(self) -> None:
        self._body.close()
        super().close()


def _measure(body: BinaryIO, content_type: str) -> Written:
    digest, size_bytes = hashlib.sha256(), 0
    while chunk := body.read(CHUNK_BYTES):
        digest.update(chunk)
        size_bytes += len(chunk)
    return Written(sha256=digest.hexdigest(), size_bytes=size_bytes, content_type=content_type)


def _copied(source: BinaryIO, spool: Any) -> BinaryIO:
    while chunk := source.read(CHUNK_BYTES):
        spool.write(chunk)
    spool.seek(0)
    return cast(BinaryIO, spool)


@contextmanager
def _answering(key: str) -> Iterator[None]:
    """The store's refusals in this room's words; whatever else goes wrong is an outage."""
    try:
        yield
    except ClientError as error:
        code = _code(error)
        if code in ABSENT:
            raise Missing(key) from error
        if code in TAKEN:
            raise KeyTaken(key) from error
        raise Unavailable(f"The object store refused ({code}); try again later.") from error
    except BotoCoreError as error:
        raise Unavailable("The object store does not answer; try again later.") from error


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
