"""Every refusal as `application/problem+json` (RFC 9457) with a stable `code`."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, JsonResponse, UnreadablePostError
from django.utils import timezone
from rest_framework import exceptions, serializers
from rest_framework.response import Response

from voiceassets.api.limits import POLICY, PROBLEM_TYPE, TooManyRequests
from voiceassets.core.context import request_id
from voiceassets.core.errors import DomainError, Unavailable
from voiceassets.tenants.metering import QuotaExceeded

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 2
QUOTA_RETRY_AFTER_S = 5

# What the framework itself refuses, by its exception; anything else of it is `bad_request`.
FRAMEWORK_CODES: tuple[tuple[type[exceptions.APIException], str], ...] = (
    (exceptions.ParseError, "malformed"),
    (exceptions.MethodNotAllowed, "method_not_allowed"),
    (exceptions.UnsupportedMediaType, "unsupported_media_type"),
)

log = logging.getLogger(__name__)


class BodyNotReceived(DomainError):
    """The client was too slow, or left."""

    code = "body_not_received"
    status = 408


class ProblemError(serializers.Serializer[Any]):
    """One thing that is wrong with what was sent."""

    pointer = serializers.CharField(help_text="Where: a JSON pointer into the body or the query.")
    detail = serializers.CharField()
    code = serializers.CharField()


class Problem(serializers.Serializer[Any]):
    """A refusal, as RFC 9457 spells it; programs act on `code`, people read `detail`."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    instance = serializers.CharField()
    code = serializers.CharField()
    request_id = serializers.CharField()
    errors = ProblemError(many=True, required=False)  # type: ignore[assignment]


def body(*, status: int, code: str, detail: str, path: str, **more: Any) -> dict[str, Any]:
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": _spelt(detail),
        "instance": path,
        "code": code,
        "request_id": request_id.get(),
    } | more


def handle(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """The framework's exception handler; None lets an unforeseen error become a 500."""
    path = context["request"].path
    answer = _answer(error, path)
    if answer is None:
        return None
    spelt = getattr(context["view"], "refusal", dict)(answer)
    response = Response(spelt, status=answer["status"], content_type=MEDIA_TYPE)
    if response.status_code == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = "Bearer"
    if response.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
        said = error.data.get("retry_after_s") if isinstance(error, DomainError) else None
        response["Retry-After"] = str(said or RETRY_AFTER_S)
    if isinstance(error, QuotaExceeded):
        monthly = error.code == QuotaExceeded.code
        response["Retry-After"] = str(_next_month_s() if monthly else QUOTA_RETRY_AFTER_S)
    if isinstance(error, TooManyRequests):
        response["Retry-After"] = str(error.spent.retry_after_s)
    if isinstance(error, exceptions.MethodNotAllowed):
        response["Allow"] = ", ".join(context["view"].allowed_methods)
    return response


def _next_month_s() -> int:
    """Seconds until characters are counted anew, by UTC as the database does."""
    now = timezone.now()
    first = (now.replace(day=1) + timedelta(days=31)).replace(
        day=1, hour=0, minute=0, second=0, microsecond=0
    )
    return math.ceil((first - now).total_seconds())


def _answer(error: Exception, path: str) -> dict[str, Any] | None:
    if isinstance(error, OperationalError | InterfaceError):
        log.warning("the database did not answer", extra={"reason": str(error)})
        error = Unavailable("The database is not reachable right now; try again in a moment.")
    if isinstance(error, UnreadablePostError):
        error = BodyNotReceived("The request's body did not arrive; send it again.")
    if isinstance(error, DomainError):
        more: dict[str, Any] = {"data": error.data} if error.data else {}
        if isinstance(error, TooManyRequests):
            more |= {"type": PROBLEM_TYPE, "violated-policies": [POLICY]}
        return body(status=error.status, code=error.code, detail=error.message, path=path, **more)
    if isinstance(error, exceptions.ValidationError):
        errors = list(_errors(error.detail, ""))
        return body(
            status=422,
            code="invalid",
            detail=f"{errors[0]['pointer'] or 'The request'}: {errors[0]['detail']}",
            path=path,
            errors=errors,
        )
    if isinstance(error, Http404):
        return body(status=404, code="not_found", detail="There is nothing here.", path=path)
    if isinstance(error, RequestDataTooBig):
        return body(status=413, code="too_large", detail=str(error), path=path)
    if isinstance(error, SuspiciousOperation):
        return body(status=400, code="bad_request", detail=str(error), path=path)
    if isinstance(error, exceptions.APIException):
        code = next((c for kind, c in FRAMEWORK_CODES if isinstance(error, kind)), "bad_request")
        return body(status=error.status_code, code=code, detail=str(error.detail), path=path)
    return None


def _errors(detail: Any, pointer: str) -> Iterator[dict[str, str]]:
    """Flatten the framework's nested messages into pointers."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            here = pointer if name == "non_field_errors" else f"{pointer}/{name}"
            yield from _errors(inner, here)
    elif isinstance(detail, list):
        nested = any(isinstance(item, Mapping | list) for item in detail)
        for position, item in enumerate(detail):
            if item:
                yield from _errors(item, f"{pointer}/{position}" if nested else pointer)
    else:
        yield {"pointer": _spelt(pointer), "detail": _spelt(detail), "code": detail.code}


def _spelt(text: str) -> str:
    """`text` as it can be sent: what it quotes of the request may hold half a character."""
    return text.encode("utf-8", "replace").decode()


def _plain(request: HttpRequest, *, status: int, code: str, detail: str) -> JsonResponse:
    answer = body(status=status, code=code, detail=detail, path=request.path)
    return JsonResponse(answer, status=status, content_type=MEDIA_TYPE)


def bad_request(request: HttpRequest, exception: Exception) -> JsonResponse:
    """Django's handler400: what is refused before a view is reached."""
    return _plain(
        request,
        status=400,
        code="bad_request",
        detail="The request is malformed; check its headers.",
    )


def not_found(request: HttpRequest, exception: Exception) -> JsonResponse:
    """Django's handler404: no such route."""
    return _plain(request, status=404, code="not_found", detail="There is nothing here.")


def server_error(request: HttpRequest) -> JsonResponse:
    """Django's handler500: our mistake; the log has it under the request's id."""
    return _plain(
        request,
        status=500,
        code="internal",
        detail="Something failed on our side; it is in the log under this request_id.",
    )
