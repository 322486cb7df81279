"""Refuses to serve from a database whose tenant isolation could be bypassed."""

from __future__ import annotations

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from voiceassets.core.models import TenantOwned


def require_isolation() -> None:
    """Called by every process before its first request or task; migrations do not pass here.

    Raises:
        ImproperlyConfigured: what is wrong, all of it, and what to do.
    """
    problems = [*_role_problems(), *_table_problems()]
    if problems:
        raise ImproperlyConfigured(" ".join(problems))


def _role_problems() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolname, rolsuper, rolbypassrls, (SELECT count(*) FROM pg_tables"
            " WHERE tableowner = current_user AND schemaname = current_schema())"
            " FROM pg_roles WHERE rolname = current_user"
        )
        name, superuser, bypass, owned = cursor.fetchone()
    if not (superuser or bypass or owned):
        return []
    return [
        f"The database role {name} could bypass tenant isolation (superuser={superuser}, "
        f"bypassrls={bypass}, owns {owned} tables). Connect as a role that is NOSUPERUSER "
        "NOBYPASSRLS and owns nothing; only migrations use the owner role."
    ]


def _table_problems() -> list[str]:
    tables = {m._meta.db_table for m in apps.get_models() if issubclass(m, TenantOwned)}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid"
            " WHERE c.relrowsecurity AND c.relforcerowsecurity AND c.relname = ANY(%s)",
            [sorted(tables)],
        )
        isolated = {name for (name,) in cursor.fetchall()}
    return [
        f"The table {table} holds tenants' rows without forced row-level security: "
        "run the migrations, or add core.operations.IsolateTenant to the one that creates it."
        for table in sorted(tables - isolated)
    ]
