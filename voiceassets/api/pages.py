"""Keyset pages: every page costs the same, however deep it lies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from voiceassets.core import ids
from voiceassets.core.errors import NotFound


@dataclass(frozen=True, kw_only=True)
class Page:
    """Some rows, newest first, and whether more follow."""

    rows: tuple[Any, ...]
    has_more: bool

    def as_dict(self, present: Callable[[Any], Any]) -> dict[str, Any]:
        first = self.rows[0].public_id if self.rows else None
        last = self.rows[-1].public_id if self.rows else None
        return {
            "data": [present(row) for row in self.rows],
            "has_more": self.has_more,
            "first_id": first,
            "last_id": last,
            "next_after": last if self.has_more else None,
        }


def page(rows: QuerySet[Any], query: Mapping[str, Any], *, key: str = "id") -> Page:
    """The page that `query` (a validated `PageQuery`) asks for, ordered by `-key`.

    Raises:
        NotFound: `after` names no row of this tenant.
    """
    limit = query["limit"]
    if "after" in query:
        rows = rows.filter(**{f"{key}__lt": _position(rows.model, query["after"], key)})
    found = list(rows.order_by(f"-{key}")[: limit + 1])
    return Page(rows=tuple(found[:limit]), has_more=len(found) > limit)


def _position(model: Any, after: str, key: str) -> Any:
    row_id = ids.decode(model.PREFIX, after)
    position = model._default_manager.filter(pk=row_id).values_list(key, flat=True).first()
    if position is None:
        raise NotFound("The row after which the page starts does not exist.")
    return position
