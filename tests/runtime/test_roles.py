"""The two database roles: what the owner's schema lets the application do, and what never."""

from __future__ import annotations

import psycopg2
import pytest

from tests.runtime.conftest import Database
from voiceassets.runtime import roles

HEMMED_IN = (
    "CREATE TABLE notes (id bigserial PRIMARY KEY, tenant text, body text)",
    "ALTER TABLE notes ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE notes FORCE ROW LEVEL SECURITY",
    "CREATE POLICY isolation ON notes USING (tenant = current_setting('app.tenant', true))",
)


@pytest.fixture(scope="module", autouse=True)
def notes(database: Database) -> None:
    database.run(*HEMMED_IN, role=roles.OWNER)


@pytest.mark.parametrize("role", [roles.OWNER, roles.APP])
def test_neither_role_has_a_special_attribute(database: Database, role: str) -> None:
    special = "rolsuper OR rolbypassrls OR rolcreatedb OR rolcreaterole OR rolreplication"
    query = f"SELECT {special} FROM pg_roles WHERE rolname = '{role}'"
    assert database.value(query) is False


def test_the_application_owns_nothing_and_belongs_to_no_role(database: Database) -> None:
    oid = f"(SELECT oid FROM pg_roles WHERE rolname = '{roles.APP}')"
    owned = (
        f"SELECT (SELECT count(*) FROM pg_class WHERE relowner = {oid})"
        f" + (SELECT count(*) FROM pg_namespace WHERE nspowner = {oid})"
        f" + (SELECT count(*) FROM pg_database WHERE datdba = {oid})"
        f" + (SELECT count(*) FROM pg_auth_members WHERE member = {oid})"
    )
    assert database.value(owned) == 0


def test_only_the_owner_may_take_minutes_for_one_statement(database: Database) -> None:
    found = [
        database.value("SHOW statement_timeout", role=role) for role in (roles.APP, roles.OWNER)
    ]
    assert found == ["2min", "0"]


def test_the_application_reads_and_writes_what_the_owner_makes(database: Database) -> None:
    database.run(
        "SET app.tenant = 'acme'",
        "INSERT INTO notes (tenant, body) VALUES ('acme', 'first')",
        "UPDATE notes SET body = 'changed'",
        "DELETE FROM notes",
        role=roles.APP,
    )


def test_row_level_security_binds_the_application(database: Database) -> None:
    database.run(
        "SET app.tenant = 'rival'",
        "INSERT INTO notes (tenant, body) VALUES ('rival', 'secret')",
        role=roles.APP,
    )
    assert database.value("SELECT count(*) FROM notes", role=roles.APP) == 0
    assert database.value("SELECT count(*) FROM notes", role=roles.SUPERUSER) == 1
    with pytest.raises(psycopg2.errors.InsufficientPrivilege, match="row-level security"):
        database.run(
            "SET app.tenant = 'acme'",
            "INSERT INTO notes (tenant, body) VALUES ('rival', 'forged')",
            role=roles.APP,
        )


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE notes DISABLE ROW LEVEL SECURITY",
        "DROP POLICY isolation ON notes",
        "TRUNCATE notes",
        "DROP TABLE notes",
        "CREATE TABLE own_table (id int)",
        "CREATE TEMPORARY TABLE own_table (id int)",
        "CREATE SCHEMA own_schema",
        f"SET ROLE {roles.OWNER}",
        f"ALTER ROLE {roles.APP} BYPASSRLS",
        "SET session_replication_role = replica",
        "COPY (SELECT 1) TO PROGRAM 'cat'",
    ],
)
def test_the_application_cannot_step_around_its_limits(database: Database, statement: str) -> None:
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        database.run(statement, role=roles.APP)


def test_a_right_that_a_migration_took_away_stays_away(database: Database) -> None:
    database.run(
        "CREATE TABLE ledger (id int)",
        f"REVOKE DELETE ON ledger FROM {roles.APP}",
        role=roles.OWNER,
    )
    roles.ensure_roles_and_database(database.layout)
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        database.run("DELETE FROM ledger", role=roles.APP)
