"""What an operation declares, as data: permission, shapes, status."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http.response import HttpResponseBase
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from voiceassets.api.deprecation import Deprecation
from voiceassets.api.pages import Page
from voiceassets.api.rows import One
from voiceassets.api.shapes import Shape, bound
from voiceassets.tenants.permissions import Permission


@dataclass(frozen=True, kw_only=True)
class Operation:
    """What one method of one endpoint needs and answers; `name` is its OpenAPI operationId.

    `permission` None means that any valid key may call it, and if it is `public`, anybody without
    one. `media` is the type of an answer that is not JSON. `location` is where what was made is
    found, written with fields of the answer, such as `/v1/roles/{id}`. A `secret` answer is not
    kept for an Idempotency-Key. What is `deprecated` says so in every answer.
    """

    name: str
    permission: Permission | None
    body: type[Shape] = Shape
    query: type[Shape] = Shape
    answer: type[Serializer[Any]] | None = None
    status: int = 200
    paged: bool = False
    scoped: bool = True
    media: tuple[str, ...] = ()
    location: str = ""
    secret: bool = False
    public: bool = False
    deprecated: Deprecation | None = None

    def outdated(self, sent: Iterable[str]) -> list[Deprecation]:
        """What of this operation is going, when these fields and parameters were sent."""
        fields = {**self.body.deprecated, **self.query.deprecated}
        found = [fields[name] for name in sorted(fields.keys() & set(sent))]
        return [self.deprecated, *found] if self.deprecated else found

    def present(self, result: Any) -> HttpResponseBase:
        """The response for what a handler returned: a row or `One`, a `Page`, a `Reply`, None."""
        if isinstance(result, HttpResponseBase):
            return result
        reply = result if isinstance(result, Reply) else Reply(row=result)
        status = reply.status or self.status
        shown = self._render(reply.row)
        where = {"Location": self.location.format_map(shown)} if self.location else {}
        return Response(shown, status=status, headers={**where, **reply.headers})

    def _render(self, row: Any) -> Any:
        if self.answer is None:
            return None
        if isinstance(row, Page | One):
            return row.as_dict(self.answer)
        return bound(self.answer).to_representation(row)


@dataclass(frozen=True, kw_only=True)
class Reply:
    """A row with headers, or with another status than the one declared."""

    row: Any
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int | None = None


def operation_of(view: Any, method: str) -> Operation | None:
    """What the view declares for this HTTP method.

    HEAD goes with a GET that only reads; asking for audio is a decision, and has no headless form.
    """
    declared: Operation | None = getattr(getattr(view, method.lower(), None), "operation", None)
    if declared is not None and declared.media and method.upper() == "HEAD":
        return None
    return declared
