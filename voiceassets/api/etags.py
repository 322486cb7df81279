"""Which version of a resource an answer shows, and changing only the one that the client saw."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.http.response import HttpResponseBase
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from voiceassets.api.declaration import operation_of
from voiceassets.core.errors import DomainError

if TYPE_CHECKING:
    from voiceassets.api.operations import Call, Endpoint

ANY = "*"
# A POST makes something or asks for an action; what it answers is no version of the resource.
CHANGES = frozenset({"PUT", "PATCH", "DELETE"})


class Stale(DomainError):
    """If-Match names another version than the one there is now."""

    code = "stale"
    status = 412


def tagged(request: Request, response: HttpResponseBase) -> HttpResponseBase:
    """The answer to a GET with its ETag, or 304 when the client has this very version."""
    if not isinstance(response, Response) or response.status_code != 200:
        return response
    tag = _tag(response)
    if _names(request.headers.get("If-None-Match", ""), tag):
        response = Response(status=304)
    response["ETag"] = tag
    return response


def require_match(view: Endpoint, call: Call, path: dict[str, Any]) -> None:
    """Compare If-Match with what the same route's GET answers now, inside the effect's scope.

    Changes of one resource that carry If-Match wait for one another, so none overtakes.

    Raises:
        Stale: somebody changed it since the client looked.
    """
    wanted = call.request.headers.get("If-Match", "")
    reader = operation_of(view, "get") if call.request.method in CHANGES else None
    if not wanted or reader is None:
        return
    with connection.cursor() as cursor:
        lock = f"{call.tenant_id} {call.request.path}"
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))", [lock])
    current = reader.present(view.get.plain(view, call, **path))  # type: ignore[attr-defined]
    if not _names(wanted, _tag(current)):
        raise Stale("This has changed since you read it; read it again, then decide.")


def _tag(response: HttpResponseBase) -> str:
    assert isinstance(response, Response), "only JSON answers are tagged"
    return f'"{hashlib.sha256(JSONRenderer().render(response.data)).hexdigest()[:32]}"'


def _names(header: str, tag: str) -> bool:
    names = [name.strip().removeprefix("W/") for name in header.split(",")]
    return ANY in names or tag in names
