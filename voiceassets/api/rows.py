"""One row of what a selector lets the caller see."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import QuerySet

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
        raise NotFound(f"There is no such {rows.model._meta.verbose_name}.")
    return row
