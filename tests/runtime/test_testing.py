"""The test session's own database: used as the application, left as the migrations left it."""

from __future__ import annotations

import pytest
from django.db import connection

from voiceassets.runtime import roles, testing
from voiceassets.runtime.testing import PrivateServers

APPEND_ONLY = (
    "CREATE TABLE probe (id bigserial PRIMARY KEY)",
    "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN RAISE EXCEPTION 'append-only'; END $$",
    "CREATE TRIGGER keep BEFORE UPDATE OR DELETE ON probe FOR EACH ROW EXECUTE FUNCTION refuse()",
    "CREATE TRIGGER stay BEFORE TRUNCATE ON probe FOR EACH STATEMENT EXECUTE FUNCTION refuse()",
)


@pytest.mark.django_db
def test_the_tests_use_the_database_as_the_application_does() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, count(*) FROM pg_tables WHERE tableowner = %s", [roles.OWNER]
        )
        user, tables = cursor.fetchone()
    assert user == roles.APP
    assert tables > 0


@pytest.mark.django_db
def test_the_settings_point_at_the_sessions_own_servers(private_servers: PrivateServers) -> None:
    assert connection.settings_dict["HOST"] == str(private_servers.layout.sockets)


@pytest.mark.django_db(transaction=True)
def test_emptying_keeps_what_the_migrations_wrote_and_gets_past_append_only_triggers(
    private_servers: PrivateServers,
) -> None:
    def count(table: str) -> int:
        with private_servers.superuser() as superuser, superuser.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {table}")
            (found,) = cursor.fetchone() or (0,)
            return int(found)

    with private_servers.superuser() as superuser, superuser.cursor() as cursor:
        cursor.execute(";".join(APPEND_ONLY))
        cursor.execute("INSERT INTO probe DEFAULT VALUES")
    types_before = count("django_content_type")
    try:
        with private_servers.superuser() as superuser:
            testing.empty_tables(superuser)
        assert count("probe") == 0
        assert count("django_content_type") == types_before > 0
    finally:
        with private_servers.superuser() as superuser, superuser.cursor() as cursor:
            cursor.execute("DROP TABLE probe; DROP FUNCTION refuse")
