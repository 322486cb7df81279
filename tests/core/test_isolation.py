"""Tenants apart: by the manager, by row-level security, and by the start-up check."""

from __future__ import annotations

import threading
import uuid

import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection, transaction
from django.db.utils import ProgrammingError

from tests.factories import Cast, make_speaker
from voiceassets.core.context import (
    NoScope,
    current_tenant,
    platform_scope,
    tenant_scope,
)
from voiceassets.core.isolation import require_isolation
from voiceassets.core.models import TenantOwned
from voiceassets.runtime import roles
from voiceassets.runtime.testing import PrivateServers
from voiceassets.speakers.models import Speaker

pytestmark = pytest.mark.django_db

# What a scope told the database ends with the transaction, so these need real ones.
committed = pytest.mark.django_db(transaction=True)

TENANT_TABLES = sorted(
    model._meta.db_table for model in apps.get_models() if issubclass(model, TenantOwned)
)


def announce(**settings: str) -> None:
    """What a scope tells the database, without a scope."""
    with connection.cursor() as cursor:
        for name, value in settings.items():
            cursor.execute("SELECT set_config(%s, %s, true)", [f"app.{name}", value])


def count(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT count(*) FROM "{table}"')
        (rows,) = cursor.fetchone()
    return int(rows)


def test_the_manager_refuses_to_answer_outside_a_scope(cast: Cast) -> None:
    with pytest.raises(NoScope, match="tenant_scope"):
        Speaker.objects.count()


def test_the_manager_shows_only_the_tenant_in_scope(cast: Cast) -> None:
    make_speaker(cast.alice, name="Ours")
    make_speaker(cast.mallory, name="Theirs")
    with cast.mallory.scope():
        assert [s.name for s in Speaker.objects.all()] == ["Theirs"]


@committed
def test_raw_sql_sees_no_rows_without_a_scope_on_any_tenant_table(cast: Cast) -> None:
    make_speaker(cast.alice)
    assert len(TENANT_TABLES) > 15
    with transaction.atomic():
        assert {table: count(table) for table in TENANT_TABLES if count(table)} == {}


def test_raw_sql_sees_no_rows_of_another_tenant(cast: Cast) -> None:
    make_speaker(cast.alice)
    with cast.mallory.scope():
        assert count("speakers_speaker") == 0
    with cast.alice.scope():
        assert count("speakers_speaker") == 1


def test_a_scope_that_is_no_uuid_fails_closed(cast: Cast) -> None:
    make_speaker(cast.alice)
    announce(tenant_id="")
    assert count("speakers_speaker") == 0
    announce(tenant_id="' or true --")
    with pytest.raises(DatabaseError), transaction.atomic():
        count("speakers_speaker")


def test_reaching_for_the_platform_opens_only_the_tables_that_allow_it(cast: Cast) -> None:
    make_speaker(cast.alice)
    with platform_scope():
        assert count("speakers_speaker") == 0
        assert count("audit_event") > 0


def test_a_row_cannot_be_inserted_for_another_tenant(cast: Cast) -> None:
    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        cast.mallory.scope(),
    ):
        Speaker.objects.create(tenant=cast.alice.tenant, name="Planted")


def test_a_row_cannot_be_moved_to_another_tenant(cast: Cast) -> None:
    speaker = make_speaker(cast.alice)
    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        cast.alice.scope(),
    ):
        Speaker.objects.filter(pk=speaker.pk).update(tenant=cast.mallory.tenant)


@committed
def test_no_setting_survives_the_scope_on_the_same_connection(cast: Cast) -> None:
    make_speaker(cast.alice)
    with cast.alice.scope():
        assert count("speakers_speaker") == 1
    with transaction.atomic():
        assert count("speakers_speaker") == 0


def test_a_scope_inside_another_tenants_scope_is_refused(cast: Cast) -> None:
    with (
        cast.alice.scope(),
        pytest.raises(NoScope, match="already open"),
        tenant_scope(cast.mallory.tenant.pk),
    ):
        pass


def test_the_same_scope_may_be_opened_again_inside_itself(cast: Cast) -> None:
    with cast.alice.scope(), cast.alice.scope():
        assert current_tenant() == cast.alice.tenant.pk


def test_a_scope_does_not_reach_into_another_thread(cast: Cast) -> None:
    caught: list[Exception] = []

    def look() -> None:
        try:
            Speaker.objects.count()
        except NoScope as error:
            caught.append(error)

    with cast.alice.scope():
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    assert len(caught) == 1


def test_an_exception_closes_the_scope(cast: Cast) -> None:
    with pytest.raises(ZeroDivisionError), cast.alice.scope():
        _ = 1 / 0
    with pytest.raises(NoScope):
        Speaker.objects.count()


def test_new_rows_need_one_tenant_not_the_platform() -> None:
    with platform_scope(), pytest.raises(NoScope, match="one tenant"):
        current_tenant()


def test_every_table_with_a_tenant_has_forced_security(private_servers: PrivateServers) -> None:
    with private_servers.superuser() as superuser, superuser.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c"
            " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'"
            " WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace"
            " AND NOT (c.relrowsecurity AND c.relforcerowsecurity"
            " AND EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid))"
        )
        assert cursor.fetchall() == []


def test_start_up_accepts_the_application_role() -> None:
    require_isolation()


def test_start_up_refuses_a_table_whose_security_was_lifted(
    private_servers: PrivateServers,
) -> None:
    with private_servers.superuser() as superuser, superuser.cursor() as cursor:
        superuser.autocommit = True
        cursor.execute("ALTER TABLE speakers_speaker NO FORCE ROW LEVEL SECURITY")
        try:
            with pytest.raises(ImproperlyConfigured, match="speakers_speaker"):
                require_isolation()
        finally:
            cursor.execute("ALTER TABLE speakers_speaker FORCE ROW LEVEL SECURITY")


@pytest.mark.parametrize(
    ("attribute", "undo"), [("SUPERUSER", "NOSUPERUSER"), ("BYPASSRLS", "NOBYPASSRLS")]
)
def test_start_up_refuses_a_role_that_could_bypass_it(
    private_servers: PrivateServers, attribute: str, undo: str
) -> None:
    with private_servers.superuser() as superuser, superuser.cursor() as cursor:
        superuser.autocommit = True
        cursor.execute(f'ALTER ROLE "{roles.APP}" {attribute}')
        try:
            with pytest.raises(ImproperlyConfigured, match="could bypass"):
                require_isolation()
        finally:
            cursor.execute(f'ALTER ROLE "{roles.APP}" {undo}')


@committed
def test_the_owner_of_the_tables_sees_nothing_without_a_scope(
    cast: Cast, private_servers: PrivateServers
) -> None:
    make_speaker(cast.alice)
    with roles.connect(private_servers.layout, roles.OWNER) as owner, owner.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM speakers_speaker")
        assert cursor.fetchone() == (0,)


def test_a_tenant_that_does_not_exist_has_no_rows(cast: Cast) -> None:
    make_speaker(cast.alice)
    with tenant_scope(uuid.uuid4()):
        assert not Speaker.objects.exists()


@committed
def test_the_database_knows_the_tenant_whatever_the_first_statement_is(cast: Cast) -> None:
    make_speaker(cast.alice, name="Ours")
    make_speaker(cast.mallory, name="Theirs")
    names = "SELECT count(*) FROM speakers_speaker"
    with cast.mallory.scope(), connection.chunked_cursor() as cursor:
        cursor.execute(names)
        assert cursor.fetchall() == [(1,)]
    with cast.mallory.scope(), connection.cursor() as cursor:
        cursor.executemany("SELECT %s", [(1,), (2,)])
        cursor.execute(names)
        assert cursor.fetchall() == [(1,)]
    with cast.mallory.scope():
        with transaction.atomic():
            transaction.set_rollback(True)
        assert Speaker.objects.count() == 1
        assert count("speakers_speaker") == 1
