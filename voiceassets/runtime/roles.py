"""The two roles of the database: an owner of the schema, and the application that owns nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2
from psycopg2 import extensions, sql

from voiceassets.runtime.layout import Layout
from voiceassets.runtime.secret_files import secret

DATABASE = "voiceassets"
SUPERUSER = "postgres"
OWNER = "voiceassets_owner"
APP = "voiceassets_app"

ATTRIBUTES = "LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION"

# Default privileges touch only tables that are made later: a right that a migration takes away
# from the application (say, to change an audit row) is not given back at the next start.
DEFAULTS = "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public"
# No statement of a request, a job or a duty takes minutes; migrations are the owner's.
STATEMENT_TIMEOUT = "ALTER ROLE {app} SET statement_timeout = '120s'"
GRANTS = (
    STATEMENT_TIMEOUT,
    "REVOKE ALL ON DATABASE {database} FROM PUBLIC",
    "GRANT CONNECT ON DATABASE {database} TO {app}",
    "ALTER SCHEMA public OWNER TO {owner}",
    "REVOKE ALL ON SCHEMA public FROM PUBLIC",
    "GRANT USAGE ON SCHEMA public TO {app}",
    f"{DEFAULTS} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {{app}}",
    f"{DEFAULTS} GRANT USAGE, SELECT ON SEQUENCES TO {{app}}",
)


def password(layout: Layout, role: str) -> str:
    return secret(layout, f"database-{role}")


def dsn(layout: Layout, role: str, *, database: str = DATABASE) -> str:
    """The URL by which a role reaches the private database."""
    return f"postgres://{role}:{password(layout, role)}@/{database}?host={layout.sockets}"


@contextmanager
def connect(
    layout: Layout, role: str, *, database: str = DATABASE
) -> Iterator[extensions.connection]:
    """An autocommitting connection, closed at the end."""
    connection = psycopg2.connect(dsn(layout, role, database=database))
    try:
        connection.autocommit = True
        yield connection
    finally:
        connection.close()


def ensure_roles_and_database(layout: Layout) -> None:
    """Creates both roles and the database where they are missing; sets attributes and passwords."""
    with (
        connect(layout, SUPERUSER, database="postgres") as server,
        server.cursor() as cursor,
    ):
        for role in (OWNER, APP):
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
            verb = "ALTER" if cursor.fetchone() else "CREATE"
            statement = f"{verb} ROLE {{}} {ATTRIBUTES} PASSWORD {{}}"
            literal = sql.Literal(password(layout, role))
            cursor.execute(sql.SQL(statement).format(sql.Identifier(role), literal))
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
        if not cursor.fetchone():
            statement = "CREATE DATABASE {} OWNER {}"
            names = sql.Identifier(DATABASE), sql.Identifier(OWNER)
            cursor.execute(sql.SQL(statement).format(*names))
    with connect(layout, SUPERUSER) as database, database.cursor() as cursor:
        for grant in GRANTS:
            cursor.execute(
                sql.SQL(grant).format(
                    database=sql.Identifier(DATABASE),
                    owner=sql.Identifier(OWNER),
                    app=sql.Identifier(APP),
                )
            )
