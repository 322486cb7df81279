"""The store in a bucket: requests signed in advance, and refusals in this room's words.

The server behind these tests checks no signature (see conftest), so none of them claims that a
forged request is refused; they check what is signed, and that the honest request works.
"""

from __future__ import annotations

import io
import urllib.request
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlsplit

import pytest

from voiceassets.core.errors import Unavailable
from voiceassets.storage.backends import SignedRequest
from voiceassets.storage.s3 import S3Backend

KEY = "tenant/ab/abcdef"


def send(signed: SignedRequest, content: bytes) -> int:
    request = urllib.request.Request(signed.url, data=content, headers=signed.headers, method="PUT")
    with urllib.request.urlopen(request) as answer:
        return int(answer.status)


def signed_upload(s3: S3Backend, content: bytes) -> SignedRequest:
    signed = s3.signed_upload(KEY, ttl_s=60, content_type="audio/wav", size_bytes=len(content))
    assert signed is not None
    return signed


def test_a_signed_upload_stores_the_file_once(s3: S3Backend) -> None:
    signed = signed_upload(s3, b"from afar")
    assert send(signed, b"from afar") == 200
    assert s3.open(KEY).read() == b"from afar"
    with pytest.raises(HTTPError, match="412"):
        send(signed, b"something")
    assert s3.open(KEY).read() == b"from afar"


def test_a_signed_upload_fixes_size_type_freeness_and_time(s3: S3Backend) -> None:
    query = parse_qs(urlsplit(signed_upload(s3, b"1234").url).query)
    signed_headers = set(query["X-Amz-SignedHeaders"][0].split(";"))
    assert {"content-length", "content-type", "if-none-match", "host"} <= signed_headers
    assert query["X-Amz-Expires"] == ["60"]


def test_a_signed_download_sends_the_file_under_its_name(s3: S3Backend) -> None:
    s3.put(KEY, io.BytesIO(b"sound"), content_type="application/octet-stream")
    signed = s3.signed_download(KEY, ttl_s=60, content_type="audio/wav", file_name="你好 x.wav")
    assert signed is not None
    with urllib.request.urlopen(signed.url) as answer:
        assert answer.read() == b"sound"
        assert answer.headers["Content-Type"] == "audio/wav"
        assert "UTF-8''%E4%BD%A0%E5%A5%BD%20x.wav" in answer.headers["Content-Disposition"]


def test_the_hash_is_kept_beside_the_bytes(s3: S3Backend) -> None:
    written = s3.put(KEY, io.BytesIO(b"sound"), content_type="audio/wav")
    head = s3.client.head_object(Bucket=s3.bucket, Key=f"{s3.prefix}{KEY}")
    assert head["Metadata"] == {"sha256": written.sha256}


def test_a_store_that_refuses_or_is_down_is_unavailable(s3_endpoint: str) -> None:
    no_bucket = S3Backend(bucket="nowhere", prefix="", endpoint=s3_endpoint)
    with pytest.raises(Unavailable, match="NoSuchBucket"):
        no_bucket.put(KEY, io.BytesIO(b"x"), content_type="audio/wav")
    down = S3Backend(bucket="voices", prefix="", endpoint="http://127.0.0.1:9")
    with pytest.raises(Unavailable, match="does not answer"):
        down.open(KEY)
