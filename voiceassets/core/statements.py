"""Statements spelt out, for what every request does: composing them anew would take longer than
running them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.models.expressions import DatabaseDefault
from django.db.models.sql import InsertQuery

from voiceassets.core.models import Identified

M = TypeVar("M", bound=models.Model)


def found(model: type[M], sql: str, params: Sequence[Any] | Mapping[str, Any]) -> list[M]:
    """The rows that a statement names all columns of; its further columns become attributes.

    A row of nothing but NULL, as an outer join makes it, has no `pk`.
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        names = tuple(column.name for column in cursor.description or ())
        rows = cursor.fetchall()
    return [_row(model, names, row) for row in rows]


def insert(*rows: Identified) -> None:
    """Insert new rows, of any tables and in this order, in one message to the database.

    What is None is left out. Of what the database fills in the rows have `created_at`, which is
    the time of the whole message, and read the rest when somebody asks for it. No signal is sent.
    """
    database = connections[DEFAULT_DB_ALIAS]  # not by its proxy, which looks it up every time
    statements, values = [], []
    for row in rows:
        columns, places = [], []
        for field in row._meta.concrete_fields:
            value = field.pre_save(row, True)
            if isinstance(value, DatabaseDefault):
                row.__dict__.pop(field.attname)
            elif hasattr(value, "as_sql"):
                query = InsertQuery(type(row))
                place, inner = query.get_compiler(connection=database).compile(
                    value.resolve_expression(query, for_save=True)
                )
                columns.append(str(field.column))
                places.append(place)
                values += inner
            elif value is not None:
                columns.append(str(field.column))
                places.append("%s")
                values.append(field.get_db_prep_save(value, database))
        into = f'INSERT INTO "{row._meta.db_table}" ({", ".join(columns)})'
        statements.append(f"{into} VALUES ({', '.join(places)})")
    with database.cursor() as cursor:
        cursor.execute(";\n".join([*statements, "SELECT statement_timestamp()"]), values)
        (now,) = cursor.fetchone()
    for row in rows:
        row.created_at = now
        row._state.adding = False  # noqa: SLF001  (what `save()` leaves behind)


def _row(model: type[M], names: tuple[str, ...], values: Sequence[Any]) -> M:
    fields, others = _places(model, names)
    converted = [
        converter(values[place], None, connection) if converter else values[place]
        for place, converter in fields
    ]
    row = model.from_db(connection.alias, [], converted)
    for place, name in others:
        setattr(row, name, values[place])
    return row


@lru_cache(maxsize=64)
def _places(model: type[models.Model], names: tuple[str, ...]) -> tuple[list[Any], list[Any]]:
    """Where each field's column is among a statement's, with its converter, and the columns that
    belong to no field."""
    place_of = {name: place for place, name in enumerate(names)}
    fields = [
        (place_of.pop(str(field.column)), getattr(field, "from_db_value", None))
        for field in model._meta.concrete_fields
    ]
    return fields, [(place, name) for name, place in place_of.items()]
