"""Gives every request an id and a trace that its log lines, audit events, jobs and answer share,
and says which version of the API answered and who may keep the answer."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from voiceassets.core.tracing import traced

HEADER = "X-Request-Id"
TRACE_HEADER = "traceparent"
ACCEPTABLE = re.compile(r"[A-Za-z0-9._-]{8,64}")
VERSION_HEADER = "Api-Version"
# The day on which the API last changed in a way that a client could notice.
VERSION = "2026-11-23"


class RequestId:
    """Takes the caller's X-Request-Id and traceparent when they are well formed."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get(HEADER, "")
        identifier = given if ACCEPTABLE.fullmatch(given) else f"req_{secrets.token_hex(12)}"
        with traced(request=identifier, parent=request.headers.get(TRACE_HEADER, "")) as span:
            response = self.get_response(request)
        response[HEADER] = identifier
        response[TRACE_HEADER] = span
        response[VERSION_HEADER] = VERSION
        # What is answered is for whoever asked; a cache knows keys in `Authorization`, no others.
        response.headers.setdefault("Cache-Control", "private, no-cache")
        return response
