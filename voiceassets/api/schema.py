"""The OpenAPI document, read from what the operations declare."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import build_basic_type
from drf_spectacular.settings import patched_settings
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter
from rest_framework import serializers

from voiceassets.api import etags, examples, once, problems
from voiceassets.api.declaration import Operation, operation_of
from voiceassets.api.deprecation import Deprecation
from voiceassets.api.shapes import Shape

IDEMPOTENCY_KEY = OpenApiParameter(
    once.HEADER,
    location=OpenApiParameter.HEADER,
    description="Sent again within 48 hours, the request is not carried out again: its answer is "
    "said again. With another request it is refused (422), while the first runs, too (409).",
)
IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match",
    location=OpenApiParameter.HEADER,
    description="The ETag of the answer you have: 304 when it would be the same.",
)
IF_MATCH = OpenApiParameter(
    "If-Match",
    location=OpenApiParameter.HEADER,
    description="The ETag of what you read: 412 when somebody changed it since.",
)
ETAG = OpenApiParameter(
    "ETag", location=OpenApiParameter.HEADER, response=[200], description="This very version."
)
LOCATION = OpenApiParameter(
    "Location",
    location=OpenApiParameter.HEADER,
    response=[201, 202],
    description="Where what was made is found.",
)
# What is said of audio beside it.
OF_AUDIO = [
    OpenApiParameter(name, location=OpenApiParameter.HEADER, response=[200], description=what)
    for name, what in (
        ("X-Asset-Id", "The asset."),
        ("X-Job-Id", "The job that made it."),
        ("X-Model-Version", "The version that spoke."),
        ("X-Character-Cost", "What it is charged as."),
        ("X-AIGC-Label", "The implicit label, as JSON."),
    )
]
# Described by one of its events, an object with a name, an id and data.
EVENTS = "text/event-stream"
ANYTHING_OR_NULL = [{}, {"type": "null"}]


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "voiceassets.api.authentication.KeyAuthentication"
    name = "key"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "va_live_…"}


class OperationSchema(AutoSchema):
    """Describes one declared operation; its handler's docstring is its description."""

    view: Any

    @property
    def operation(self) -> Operation:
        declared = operation_of(self.view, self.method)
        assert declared is not None, "excluded otherwise"
        return declared

    def is_excluded(self) -> bool:
        return operation_of(self.view, self.method) is None

    def get_operation_id(self) -> str:
        return self.operation.name

    def get_tags(self) -> list[str]:
        return [self.operation.name.partition(".")[0]]

    def is_deprecated(self) -> bool:
        return self.operation.deprecated is not None

    def get_description(self) -> str:  # type: ignore[override]
        text = (getattr(self.view, self.method.lower()).__doc__ or "").strip()
        needed = self.operation.permission
        anybody = "No key is needed." if self.operation.public else "Any valid key may ask."
        permission = f"Needs the permission `{needed}`." if needed else anybody
        going = self.operation.deprecated
        told = f"{going.instead} {_goes(going)}" if going else ""
        return "\n\n".join(filter(None, [text, told, permission]))

    def get_auth(self) -> list[dict[str, Any]]:
        with_key: list[dict[str, Any]] = super().get_auth()
        return [*with_key, {}] if self.operation.public else with_key

    def get_serializer_name(
        self, serializer: Any, direction: Literal["request", "response"]
    ) -> str:
        name: str = super().get_serializer_name(serializer, direction)
        return name.replace("Out", "")

    def get_override_parameters(self) -> list[Any]:
        declared = self.operation
        known: list[Any] = [declared.query] if declared.query is not Shape else []
        if any(media.startswith("audio/") for media in declared.media):
            known += OF_AUDIO
        if declared.location:
            known.append(LOCATION)
        if self.method != "GET":
            known.append(IDEMPOTENCY_KEY)
        if self.method in etags.CHANGES and operation_of(self.view, "get"):
            known.append(IF_MATCH)
        if self.is_tagged():
            known += [IF_NONE_MATCH, ETAG]
        return known

    def is_tagged(self) -> bool:
        """Whether its answers carry an ETag, and may be 304."""
        declared = self.operation
        reads = self.method == "GET" and declared.answer is not None
        return reads and declared.scoped and not declared.paged

    def get_examples(self) -> list[OpenApiExample]:
        body = examples.BODIES.get(self.operation.name)
        answer = examples.answers().get(self.operation.name)
        found = []
        if body is not None:
            found.append(OpenApiExample("request", value=body, request_only=True))
        if answer is not None:
            status = [str(self.operation.status)]
            found.append(
                OpenApiExample("answer", value=answer, response_only=True, status_codes=status)
            )
        refusal = OpenApiExample(
            "refusal",
            value=self.view.refusal(examples.PROBLEM),
            response_only=True,
            status_codes=["default"],
            media_type=problems.MEDIA_TYPE,
        )
        return [*found, refusal]

    def _map_basic_serializer(self, serializer: Any, direction: str) -> dict[str, Any]:
        mapped: dict[str, Any] = super()._map_basic_serializer(  # type: ignore[no-untyped-call]
            serializer, direction
        )
        for name, going in getattr(serializer, "deprecated", {}).items():
            field = mapped["properties"][name]
            field |= {"deprecated": True, "description": f"{going.instead} {_goes(going)}"}
        return mapped

    def _process_override_parameters(self, direction: str = "request") -> dict[Any, Any]:
        found: dict[Any, Any] = super()._process_override_parameters(  # type: ignore[no-untyped-call]
            direction
        )
        for parameter in found.values():
            if parameter["schema"].pop("deprecated", False):
                parameter["deprecated"] = True
        return found

    def get_request_serializer(self) -> Any:
        return self.operation.body if self.operation.body is not Shape else None

    def get_response_serializers(self) -> Any:
        refused = {("default", problems.MEDIA_TYPE): self.view.problem}
        status, answer = self.operation.status, self.operation.answer
        found: dict[Any, Any] = {}
        if answer is not None:
            found[status, "application/json"] = page_of(answer) if self.operation.paged else answer
        if self.is_tagged():
            found[304] = None
        for media_type in self.operation.media:
            known = OpenApiTypes.OBJECT if media_type == EVENTS else OpenApiTypes.BINARY
            found[200, media_type] = build_basic_type(known)
        return (found or {status: None}) | refused


def _goes(going: Deprecation) -> str:
    return f"Deprecated since {going.since}; not taken any more from {going.sunset}."


_pages: dict[type[Any], type[Any]] = {}


def page_of(answer: type[Any]) -> type[Any]:
    """The shape of a `Page` of `answer`s."""
    if answer not in _pages:
        fields = {
            "data": answer(many=True),
            "has_more": serializers.BooleanField(),
            "first_id": serializers.CharField(allow_null=True),
            "last_id": serializers.CharField(allow_null=True),
            "next_after": serializers.CharField(allow_null=True),
        }
        _pages[answer] = type(f"{answer.__name__}Page", (serializers.Serializer,), fields)
    return _pages[answer]


def document() -> dict[str, Any]:
    """The whole document, of every route under /v1 and the compatible ones."""
    generator: Any = SchemaGenerator
    with patched_settings({"POSTPROCESSING_HOOKS": []}):  # choices stay where they are used
        schema: dict[str, Any] = generator().get_schema(request=None, public=True)
    _simplify(schema)
    return schema


def _simplify(node: Any) -> None:
    """Anything may be null already: said twice, null fits both and so neither of the two."""
    if isinstance(node, dict):
        if node.get("oneOf") == ANYTHING_OR_NULL:
            del node["oneOf"]
        node = list(node.values())
    if isinstance(node, list):
        for inner in node:
            _simplify(inner)


@cache
def as_text() -> str:
    """The document as it is committed and served."""
    return json.dumps(document(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def serve(request: HttpRequest) -> HttpResponse:
    """`/v1/openapi.json`."""
    return HttpResponse(as_text(), content_type="application/json")
