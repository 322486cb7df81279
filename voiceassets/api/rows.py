"""One row of what a selector lets the caller see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import QuerySet
from rest_framework.serializers import Serializer

from voiceassets.api import columns
from voiceassets.core import ids
from voiceassets.core.errors import NotFound
from voiceassets.core.models import Identified

R = TypeVar("R", bound=Identified)


def one(rows: QuerySet[R], public_id: str) -> R:
    """The row with this id among `rows`.

    Raises:
        NotFound: it is not among them, for whatever reason.
    """
    row = rows.filter(pk=ids.decode(rows.model.PREFIX, public_id)).first()
    if row is None:
        raise _missing(rows)
    return row


@dataclass(frozen=True, kw_only=True)
class One:
    """The row with this id among `rows`, read as it is shown."""

    rows: QuerySet[Any]
    public_id: str

    def as_dict(self, answer: type[Serializer[Any]]) -> dict[str, Any]:
        """Raises NotFound when it is not among them, for whatever reason."""
        wanted = self.rows.filter(pk=ids.decode(self.rows.model.PREFIX, self.public_id))
        for _, shown in columns.read(wanted.order_by(), answer):
            return shown
        raise _missing(self.rows)


def _missing(rows: QuerySet[Any]) -> NotFound:
    return NotFound(f"There is no such {rows.model._meta.verbose_name}.")
