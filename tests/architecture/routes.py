"""The routes of the platform, read from its URL configuration."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from voiceassets.api.declaration import Operation
from voiceassets.api.operations import Endpoint

PARAMETER = re.compile(r"<str:(\w+)>")


@dataclass(frozen=True, kw_only=True)
class Route:
    """One declared operation and where it is."""

    template: str
    method: str
    operation: Operation

    @property
    def path_parameters(self) -> list[str]:
        return PARAMETER.findall(self.template)

    def path(self, parameters: dict[str, str]) -> str:
        return PARAMETER.sub(lambda found: parameters[found.group(1)], self.template)


def views() -> Iterator[tuple[str, Any]]:
    """Every path template with its view class, or its view function where there is no class."""
    yield from _walk(get_resolver().url_patterns, "/")


def endpoints() -> Iterator[tuple[str, type[Endpoint]]]:
    for template, view in views():
        if isinstance(view, type) and issubclass(view, Endpoint):
            yield template, view


def routes() -> list[Route]:
    """Every declared operation."""
    return [
        Route(template=template, method=method.upper(), operation=operation)
        for template, endpoint in endpoints()
        for method, operation in endpoint.operations().items()
    ]


def _walk(patterns: list[Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        here = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, here)
        elif isinstance(pattern, URLPattern):
            yield here, getattr(pattern.callback, "view_class", pattern.callback)
