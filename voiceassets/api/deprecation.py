"""What the API is going to lose: said in the answers to whoever still uses it, and in OpenAPI."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from django.utils.http import http_date


@dataclass(frozen=True, kw_only=True)
class Deprecation:
    """An operation or a field that should not be used `since` a day, and goes on `sunset`.

    `instead` is a sentence that says what to use; `page` is where people read more.
    """

    since: date
    sunset: date
    instead: str
    page: str = "/docs"


def headers(told: Iterable[Deprecation]) -> dict[str, str]:
    """What says so, of the one that goes first: RFC 9745 (a structured date) and RFC 8594."""
    first = min(told, key=lambda deprecation: deprecation.sunset, default=None)
    if first is None:
        return {}
    return {
        "Deprecation": f"@{_seconds(first.since)}",
        "Sunset": http_date(_seconds(first.sunset)),
        "Link": f'<{first.page}>; rel="deprecation"; type="text/html"',
    }


def _seconds(day: date) -> int:
    return int(datetime.combine(day, time(), tzinfo=UTC).timestamp())
