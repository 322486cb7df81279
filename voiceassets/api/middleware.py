"""Gives every request an id that its log lines, audit events and answer share."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from voiceassets.core.context import request_id

HEADER = "X-Request-Id"
ACCEPTABLE = re.compile(r"[A-Za-z0-9._-]{8,64}")


class RequestId:
    """Takes the caller's X-Request-Id when it is well formed; the answer says which it is."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get(HEADER, "")
        identifier = given if ACCEPTABLE.fullmatch(given) else f"req_{secrets.token_hex(12)}"
        token = request_id.set(identifier)
        try:
            response = self.get_response(request)
        finally:
            request_id.reset(token)
        response[HEADER] = identifier
        return response
