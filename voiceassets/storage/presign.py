"""Where a client sends or fetches bytes without an API key: the store itself, or a signed token.

A store that clients can reach signs the request itself. For a folder the API serves
`/v1/transfers/<token>`: the token says which row, for what, until when, and cannot be forged.
"""

from __future__ import annotations

import time
import uuid
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.core import signing

from voiceassets.core.context import tenant_scope
from voiceassets.core.errors import NotFound
from voiceassets.storage.backends import SignedRequest, backend
from voiceassets.storage.models import ObjectState, Purpose, StoredObject, Upload

PATH = "/v1/transfers/"
SALT = "voiceassets.storage.transfer"


class Transfer(StrEnum):
    UPLOAD = "upload"
    DOWNLOAD = "download"


def upload_request(upload: Upload) -> SignedRequest:
    """The PUT that sends this upload's bytes: its URL, and the headers it must carry."""
    ttl_s = max(1, int(upload.expires_at.timestamp() - time.time()))
    straight = backend().signed_upload(
        upload.object.key,
        ttl_s=ttl_s,
        content_type=upload.content_type,
        size_bytes=upload.declared_bytes,
    )
    return straight or SignedRequest(
        url=_url(Transfer.UPLOAD, upload, ttl_s=ttl_s),
        headers={"Content-Length": str(upload.declared_bytes)},
    )


def download_url(stored: StoredObject, *, ttl_s: int, file_name: str) -> str:
    """A GET for a live object that works for `ttl_s` seconds and saves under `file_name`.

    Speech is never signed straight from a bucket: such a link would outlive a revocation.
    """
    if stored.purpose != Purpose.AUDIO:
        straight = backend().signed_download(
            stored.key, ttl_s=ttl_s, content_type=stored.content_type, file_name=file_name
        )
        if straight is not None:
            return straight.url
    return _url(Transfer.DOWNLOAD, stored, ttl_s=ttl_s, file_name=file_name)


def upload_of(token: str) -> Upload:
    """The upload a token was signed for; opens its tenant's scope by itself.

    Raises:
        NotFound: the token is forged, expired, for something else, or its row is gone.
    """
    grant = _grant(token, Transfer.UPLOAD)
    with tenant_scope(uuid.UUID(grant["tenant"])):
        row = Upload.objects.select_related("object").filter(pk=grant["id"]).first()
    if row is None:
        raise _refusal()
    return row


def object_of(token: str) -> tuple[StoredObject, str]:
    """The live object a token was signed for, and the name to save it under; else NotFound."""
    grant = _grant(token, Transfer.DOWNLOAD)
    with tenant_scope(uuid.UUID(grant["tenant"])):
        row = StoredObject.objects.filter(
            pk=grant["id"], state=ObjectState.LIVE, withheld=False
        ).first()
    if row is None:
        raise _refusal()
    return row, grant["file_name"]


def _url(kind: Transfer, row: Upload | StoredObject, *, ttl_s: int, **more: str) -> str:
    grant = {
        "for": kind.value,
        "tenant": str(row.tenant_id),
        "id": str(row.pk),
        "until": int(time.time()) + ttl_s,
        **more,
    }
    return f"{settings.PUBLIC_URL}{PATH}{signing.dumps(grant, salt=SALT)}"


def _grant(token: str, kind: Transfer) -> dict[str, Any]:
    try:
        grant: dict[str, Any] = signing.loads(token, salt=SALT)
    except signing.BadSignature as error:
        raise _refusal() from error
    if grant["for"] != kind or grant["until"] < time.time():
        raise _refusal()
    return grant


def _refusal() -> NotFound:
    return NotFound("This link is wrong or has expired; ask for a new one.")
