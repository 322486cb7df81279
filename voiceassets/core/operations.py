"""Migration operations that put tenant isolation and append-only rules into the database."""

from __future__ import annotations

from django.db.migrations.operations import RunSQL

TENANT = "tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid"
PLATFORM = "current_setting('app.reach', true) = 'platform'"


class IsolateTenant(RunSQL):
    """Row-level security, forced, by `tenant_id`; `platform=True` also lets `platform_scope` in.

    Without a scope both settings are empty, so no row is visible: the policy fails closed.
    """

    def __init__(self, table: str, *, platform: bool = False) -> None:
        self.table, self.platform = table, platform
        rule = f"({TENANT} OR {PLATFORM})" if platform else TENANT
        super().__init__(
            sql=[
                f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY',
                f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY',
                f'CREATE POLICY tenant_isolation ON "{table}" USING ({rule}) WITH CHECK ({rule})',
            ],
            reverse_sql=[
                f'DROP POLICY tenant_isolation ON "{table}"',
                f'ALTER TABLE "{table}" NO FORCE ROW LEVEL SECURITY',
                f'ALTER TABLE "{table}" DISABLE ROW LEVEL SECURITY',
            ],
        )

    def deconstruct(self) -> tuple[str, list[str], dict[str, bool]]:
        return type(self).__name__, [self.table], {"platform": self.platform}


class AppendOnly(RunSQL):
    """Nobody below a superuser who disables triggers can change or remove a row of this table."""

    def __init__(self, table: str) -> None:
        self.table = table
        super().__init__(
            sql=[
                f"""
                CREATE FUNCTION "{table}_refuse"() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN RAISE EXCEPTION '{table} is append-only'; END $$
                """,
                f'CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON "{table}" '
                f'FOR EACH ROW EXECUTE FUNCTION "{table}_refuse"()',
                f'CREATE TRIGGER no_truncate BEFORE TRUNCATE ON "{table}" '
                f'FOR EACH STATEMENT EXECUTE FUNCTION "{table}_refuse"()',
            ],
            reverse_sql=[
                f'DROP TRIGGER append_only ON "{table}"',
                f'DROP TRIGGER no_truncate ON "{table}"',
                f'DROP FUNCTION "{table}_refuse"()',
            ],
        )

    def deconstruct(self) -> tuple[str, list[str], dict[str, bool]]:
        return type(self).__name__, [self.table], {}
