"""Reads what an answer shows straight from the columns, past model instances and serializers.

Building those takes several times as long as the query. What an answer shows stays written in its
serializer only; one that shows more than plain columns is read as before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any
from uuid import UUID

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Field, ForeignKey, Model, QuerySet
from rest_framework import serializers

from voiceassets.core import ids

PUBLIC_ID = "public_id"
# Their values come from the database as they are shown.
PLAIN = (serializers.CharField, serializers.IntegerField, serializers.BooleanField)
SHOWN = (
    serializers.DateTimeField,
    serializers.FloatField,
    serializers.DictField,
    serializers.ListField,
)

Show = Callable[[Any], Any]


@dataclass(frozen=True, kw_only=True)
class Column:
    """One field of an answer: where its value lies, and how it is shown unless it is null."""

    name: str
    path: str
    show: Show | None = None


def read(
    rows: QuerySet[Any], answer: type[serializers.Serializer[Any]]
) -> list[tuple[UUID, dict[str, Any]]]:
    """The rows as `answer` shows them, each with its key, by one query."""
    model: type[Model] = rows.model
    columns = columns_of(answer, model)
    if columns is None:
        shape = answer()
        return [(row.pk, shape.to_representation(row)) for row in rows]
    paths = [column.path for column in columns]
    return [(key, _shown(columns, values)) for key, *values in rows.values_list("pk", *paths)]


@lru_cache(maxsize=256)
def columns_of(
    answer: type[serializers.Serializer[Any]], model: type[Model]
) -> tuple[Column, ...] | None:
    """None when something it shows is not a column of the row or of what the row refers to."""
    found = [_column(name, field, model) for name, field in answer().fields.items()]
    return None if None in found else tuple(column for column in found if column is not None)


def _column(name: str, field: serializers.Field[Any, Any, Any, Any], model: Any) -> Column | None:
    *way, last = (field.source or name).split(".")
    if field.default not in {serializers.empty, None}:
        return None
    for step in way:
        relation = _concrete(model, step)
        if not isinstance(relation, ForeignKey):
            return None
        model = relation.related_model
    if last == PUBLIC_ID and type(field) is serializers.CharField and issubclass(model, Model):
        show = partial(ids.encode, model.PREFIX)
        return Column(name=name, path="__".join(way) or "pk", show=show)
    if last == PUBLIC_ID or isinstance(_concrete(model, last), ForeignKey | None):
        return None
    if type(field) not in {*PLAIN, *SHOWN}:
        return None
    plain = type(field) in PLAIN
    return Column(
        name=name, path="__".join([*way, last]), show=None if plain else field.to_representation
    )


def _concrete(model: Any, name: str) -> Field[Any, Any] | None:
    try:
        found = model._meta.get_field(name)
    except FieldDoesNotExist:
        return None
    return found if isinstance(found, Field) else None


def _shown(columns: tuple[Column, ...], values: list[Any]) -> dict[str, Any]:
    return {
        column.name: value if value is None or column.show is None else column.show(value)
        for column, value in zip(columns, values, strict=True)
    }
