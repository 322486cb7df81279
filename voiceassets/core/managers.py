"""The manager that refuses to answer when nobody said for whom."""

from __future__ import annotations

from typing import TypeVar

from django.db import models

from voiceassets.core.context import current_scope

M = TypeVar("M", bound=models.Model)


class TenantManager(models.Manager[M]):
    """Rows of the tenant in scope; raises `NoScope` outside one."""

    def get_queryset(self) -> models.QuerySet[M]:
        scope = current_scope()
        rows = super().get_queryset()
        return rows if scope.tenant_id is None else rows.filter(tenant_id=scope.tenant_id)
