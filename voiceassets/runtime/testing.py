"""The pytest plugin that gives a test session its own PostgreSQL and Redis, used as in production.

Enabled with `-p voiceassets.runtime.testing`, so that its environment stands before pytest-django
reads the settings. The servers start with the first test that needs one. Migrations run as the
owner of the schema and tests as the application's role, so that row-level security bites.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import pytest
from psycopg2 import extensions, sql
from pytest_django.plugin import DjangoDbBlocker

from voiceassets.runtime import processes, roles
from voiceassets.runtime.environment import stack_environment
from voiceassets.runtime.layout import Layout
from voiceassets.runtime.postgres import Postgres
from voiceassets.runtime.redis import Redis

# Rows the migrations have written, kept aside so that emptying the tables can put them back.
SEED_SCHEMA = "seed"
MIGRATIONS_TABLE = "django_migrations"


class PrivateServers:
    """The database and the broker of one test session, each started when first asked for.

    A database that is not `durable` is faster, and keeps nothing when it ends at once.
    """

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        folder.chmod(0o711)
        self._durable = durable
        self.layout = Layout.at(folder / "var")
        self.layout.prepare()
        # No base: listening with one takes seconds, and a test that needs one makes a small one.
        self.env = stack_environment(self.layout) | {"BASE_MODEL_DIR": str(folder / "base")}
        self._running = ExitStack()
        self._started: set[str] = set()

    def start_database(self) -> None:
        """Starts PostgreSQL with both roles and an empty database."""
        if "database" not in self._started:
            server = Postgres.under(self.layout, durable=self._durable)
            server.prepare()
            self._start(server)
            roles.ensure_roles_and_database(self.layout)
            self._started.add("database")

    def start_broker(self) -> None:
        if "broker" not in self._started:
            server = Redis.under(self.layout)
            server.prepare()
            self._start(server)
            self._started.add("broker")

    def superuser(self) -> AbstractContextManager[extensions.connection]:
        """A connection that row-level security and grants do not bind, to tamper and to tidy up."""
        return roles.connect(self.layout, roles.SUPERUSER)

    def stop(self) -> None:
        self._running.close()

    def _start(self, server: Postgres | Redis) -> None:
        program = server.program()
        process = processes.start(program)
        self._running.callback(processes.stop, [(process, program)])
        server.wait_until_ready(process)


SERVERS = pytest.StashKey[PrivateServers]()


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Points the settings at servers of our own, whatever the caller's environment says."""
    folder = Path(tempfile.mkdtemp(prefix="voiceassets-test-"))
    early_config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    servers = PrivateServers(folder)
    early_config.add_cleanup(servers.stop)
    early_config.stash[SERVERS] = servers
    # The watermark takes seconds to load; the tests that are about it ask for it.
    os.environ.update(servers.env, LABEL_WATERMARK="false", DATABASE_KEPT_OPEN="0")


@pytest.fixture(scope="session")
def private_servers(pytestconfig: pytest.Config) -> PrivateServers:
    """The session's servers; asking for them starts neither."""
    return pytestconfig.stash[SERVERS]


@pytest.fixture(scope="session")
def broker(private_servers: PrivateServers) -> str:
    """The URL of a running Redis."""
    private_servers.start_broker()
    return private_servers.env["REDIS_URL"]


@pytest.fixture(scope="session")
def django_db_setup(
    private_servers: PrivateServers,
    broker: str,
    django_test_environment: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[None]:
    """Replaces pytest-django's: the whole server is ours, so the database needs no other name."""
    from django.db import connections  # once the settings are known

    private_servers.start_database()
    with django_db_blocker.unblock():
        migrate_as_owner(private_servers)
    with private_servers.superuser() as connection:
        keep_seed(connection)
    with pytest.MonkeyPatch.context() as patch:
        _empty_tables_as_superuser(private_servers, patch)
        yield
    with django_db_blocker.unblock():
        connections.close_all()


def migrate_as_owner(servers: PrivateServers) -> None:
    from django.core.management import call_command  # once the settings are known
    from django.db import connection

    app = {name: connection.settings_dict[name] for name in ("USER", "PASSWORD")}
    owner = {"USER": roles.OWNER, "PASSWORD": roles.password(servers.layout, roles.OWNER)}
    connection.settings_dict.update(owner)
    try:
        call_command("migrate", verbosity=0, interactive=False)
    finally:
        connection.close()
        connection.settings_dict.update(app)


def _empty_tables_as_superuser(servers: PrivateServers, patch: pytest.MonkeyPatch) -> None:
    """After a transactional test Django truncates, which the application's role must not."""
    from django.test import TransactionTestCase  # once the settings are known

    def teardown(_self: TransactionTestCase) -> None:
        with servers.superuser() as connection:
            empty_tables(connection)

    patch.setattr(TransactionTestCase, "_fixture_teardown", teardown)


def keep_seed(connection: extensions.connection) -> None:
    """Copies every table that has rows after the migrations, for `empty_tables` to put back."""
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(SEED_SCHEMA)))
        for table in _tables(connection, "public"):
            name = sql.Identifier(table)
            cursor.execute(sql.SQL("SELECT 1 FROM {} LIMIT 1").format(name))
            if cursor.fetchone():
                copy = sql.SQL("CREATE TABLE {}.{} AS TABLE public.{}")
                cursor.execute(copy.format(sql.Identifier(SEED_SCHEMA), name, name))


def empty_tables(connection: extensions.connection) -> None:
    """Brings every table back to what the migrations left, past append-only triggers."""
    tables = _tables(connection, "public")
    kept = _tables(connection, SEED_SCHEMA)
    connection.autocommit = False
    with connection, connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '10s'")
        cursor.execute("SET LOCAL session_replication_role = replica")
        # Deleting the few rows of a test is many times faster than truncating every table.
        deletions = (sql.SQL("DELETE FROM {}").format(sql.Identifier(table)) for table in tables)
        cursor.execute(sql.SQL("; ").join(deletions))
        for table in kept:
            put_back = sql.SQL("INSERT INTO public.{} SELECT * FROM {}.{}")
            name = sql.Identifier(table)
            cursor.execute(put_back.format(name, sql.Identifier(SEED_SCHEMA), name))


def _tables(connection: extensions.connection, schema: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = %s AND tablename <> %s",
            [schema, MIGRATIONS_TABLE],
        )
        return [name for (name,) in cursor.fetchall()]
