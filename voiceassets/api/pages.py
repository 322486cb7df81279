"""Keyset pages: every page costs the same, however deep it lies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import Model, QuerySet, Subquery
from rest_framework.serializers import Serializer

from voiceassets.api import columns
from voiceassets.core import ids
from voiceassets.core.errors import NotFound

R = TypeVar("R", bound=Model)


@dataclass(frozen=True, kw_only=True)
class Page:
    """Some rows, newest first, and whether more follow; read when it is shown.

    `after` is the row that the page starts after, if it is not the first.
    """

    rows: QuerySet[Any]
    limit: int
    after: QuerySet[Any] | None = None

    def as_dict(self, answer: type[Serializer[Any]]) -> dict[str, Any]:
        """Raises NotFound when `after` names no row of this tenant."""
        found = columns.read(self.rows[: self.limit + 1], answer)
        if not found and self.after is not None and not self.after.exists():
            raise NotFound("The row after which the page starts does not exist.")
        shown, has_more = found[: self.limit], len(found) > self.limit
        keys = [ids.encode(self.rows.model.PREFIX, key) for key, _ in shown[:1] + shown[-1:]]
        first, last = keys or (None, None)
        return {
            "data": [row for _, row in shown],
            "has_more": has_more,
            "first_id": first,
            "last_id": last,
            "next_after": last if has_more else None,
        }


def filtered(
    rows: QuerySet[R], query: Mapping[str, Any], *names: str, **columns: str
) -> QuerySet[R]:
    """The rows whose columns are as the query asks; a filter may have another name than its column.

    What was not asked for narrows nothing.
    """
    asked = {name: name for name in names} | columns
    return rows.filter(**{asked[name]: query[name] for name in asked.keys() & query.keys()})


def page(rows: QuerySet[Any], query: Mapping[str, Any], *, key: str = "id") -> Page:
    """The page that `query` (a validated `PageQuery`) asks for, ordered by `-key`."""
    rows, after = rows.order_by(f"-{key}"), None
    # Ids are ordered by time, so that the index which orders the list narrows it, too.
    if "since" in query:
        rows = rows.filter(pk__gte=ids.earliest(query["since"]))
    if "until" in query:
        rows = rows.filter(pk__lt=ids.earliest(query["until"]))
    if "after" in query:
        row_id = ids.decode(rows.model.PREFIX, query["after"])
        after = rows.model._default_manager.filter(pk=row_id)
        # Without that row nothing is below it, and nothing more is asked where something is.
        rows = rows.filter(**{f"{key}__lt": Subquery(after.values(key))})
    return Page(rows=rows, limit=query["limit"], after=after)
