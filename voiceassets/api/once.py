"""The Idempotency-Key header (draft-ietf-httpapi-idempotency-key-header-07): what it was sent with,
and the answer to say again."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from voiceassets.core.context import Actor
from voiceassets.core.errors import Conflict, DomainError
from voiceassets.tenants import idempotency
from voiceassets.tenants.models import KeptAnswer

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
# A string of structured fields (RFC 9651), or the same without its quotes.
KEY = re.compile(
    r'"(?P<quoted>[\x20-\x21\x23-\x5b\x5d-\x7e]{1,255})"|(?P<bare>[\x21\x23-\x7e]{1,255})'
)
KEPT_HEADERS = ("Location", "Retry-After")


class BadKey(DomainError):
    code = "bad_idempotency_key"
    status = 400


@dataclass(frozen=True, kw_only=True)
class Key:
    """A key, and the digest of the request it came with."""

    key: str
    fingerprint: str


class Replay(Exception):
    """The request was carried out before; `response` is what it was answered."""

    def __init__(self, response: HttpResponse) -> None:
        super().__init__("answered before")
        self.response = response


def key_of(request: Request, body: Mapping[str, Any]) -> Key | None:
    """The key a request carries, if any.

    Raises:
        BadKey: it is not 1 to 255 visible ASCII characters.
    """
    sent = request.headers.get(HEADER)
    if sent is None:
        return None
    found = KEY.fullmatch(sent.strip())
    if found is None:
        raise BadKey("An Idempotency-Key is 1 to 255 visible ASCII characters, such as a UUID.")
    query = sorted(request.query_params.items())
    spelt = json.dumps([request.method, request.path, query, body], sort_keys=True, default=_spelt)
    return Key(
        key=found["quoted"] or found["bare"],
        fingerprint=hashlib.sha256(spelt.encode()).hexdigest(),
    )


def claim(actor: Actor, key: Key) -> str:
    """Enter the effect of a request; the id of what it made where no answer was kept, or "".

    Raises:
        Replay: it was carried out before.
    """
    kept = idempotency.claim(actor, key=key.key, fingerprint=key.fingerprint)
    if kept is None:
        return ""
    if kept.status is None:
        return kept.subject
    raise Replay(_answer(kept))


def keep(
    actor: Actor, key: Key, response: HttpResponseBase | None, *, subject: str, secret: bool
) -> None:
    """Keep the answer, or only what was made; a `secret` answer is known to have been given."""
    answer: dict[str, Any] = {}
    if isinstance(response, Response):
        kept_body = None if secret else response.data
        answer = {
            "status": response.status_code,
            "headers": {name: response[name] for name in KEPT_HEADERS if name in response},
            "body": "" if kept_body is None else JSONRenderer().render(kept_body).decode(),
        }
        if secret:
            answer["status"] = Conflict.status
    idempotency.keep(actor, key=key.key, fingerprint=key.fingerprint, subject=subject, **answer)


def _answer(kept: KeptAnswer) -> HttpResponse:
    if kept.status == Conflict.status:
        raise Conflict(
            "This request was carried out, and its answer held a secret that is shown once.",
            code="answer_not_kept",
        )
    response = HttpResponse(
        kept.body, status=kept.status, content_type="application/json", headers=kept.headers
    )
    if not kept.body:
        del response["Content-Type"]
    return response


def _spelt(value: object) -> str:
    """A file by its content, anything else by its text."""
    if isinstance(value, UploadedFile):
        digest = hashlib.sha256()
        for chunk in value.chunks():
            digest.update(chunk)
        value.seek(0)
        return digest.hexdigest()
    return str(value)
