"""Seals what was written before its column was sealed: a migration operation."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db import connection, models
from django.db.migrations.operations import RunPython

from voiceassets.core.context import tenant_scope


class SealExisting(RunPython):
    """Writes every row of `app.Model` once more, which seals its personal columns.

    Runs as the owner of the tables, tenant by tenant, because row-level security binds it, too.
    """

    def __init__(self, model: str) -> None:
        self.model = model
        super().__init__(self._run, RunPython.noop)

    def deconstruct(self) -> tuple[str, list[str], dict[str, Any]]:
        return type(self).__name__, [self.model], {}

    def _run(self, historical: Any, schema_editor: Any) -> None:
        seal_existing(historical.get_model(self.model))


def seal_existing(model: type[models.Model]) -> int:
    """Seal what is not sealed yet; returns how many rows were written."""
    from voiceassets.speakers.personal import NameIndex, Sealed  # they need the models

    fields = [f.name for f in model._meta.fields if isinstance(f, NameIndex | Sealed)]
    tenants = apps.get_model("tenants.Tenant")._default_manager.values_list("pk", flat=True)
    rows = model._base_manager  # noqa: SLF001  (a historical model has no other manager)
    written = 0
    for tenant_id in list(tenants):
        with tenant_scope(tenant_id):
            for row in rows.filter(tenant_id=tenant_id).iterator(chunk_size=500):
                row.save(update_fields=fields)
                written += 1
    with connection.cursor() as cursor:  # so that later operations find nothing pending
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    return written
