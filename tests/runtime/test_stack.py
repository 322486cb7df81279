"""The stack as a `with` block, with the platform itself in it."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator

import psycopg2
import pytest

from voiceassets.runtime import processes, roles, state
from voiceassets.runtime.errors import StartError
from voiceassets.runtime.stack import Stack


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("stack") / "var", workers=False) as stack:
        yield stack


def test_it_serves_the_platform(stack: Stack) -> None:
    with urllib.request.urlopen(f"{stack.url}/readyz") as answer:
        assert answer.status == 200
    assert stack.env["VOICEASSETS_PUBLIC_URL"] == stack.url


def test_the_platform_is_the_application_and_the_tamperer_a_superuser(stack: Stack) -> None:
    with psycopg2.connect(stack.superuser_dsn) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT usename FROM pg_stat_activity WHERE usename <> current_user"
        )
        assert cursor.fetchall() == [(roles.APP,)]
    connection.close()


def test_it_knows_its_processes(stack: Stack) -> None:
    assert processes.is_alive(stack.process("web"))
    with pytest.raises(LookupError, match="no program `worker`"):
        stack.process("worker")


def test_it_says_why_it_does_not_start(stack: Stack) -> None:
    with pytest.raises(StartError, match="already running at"), Stack(stack.layout.var):
        pass


def test_nothing_runs_after_the_block(stack: Stack) -> None:
    seen = state.read(stack.layout)
    assert seen is not None
    stack.stop()
    assert not any(processes.is_alive(mark) for mark in (seen.supervisor, *seen.processes))
    assert not state.is_running(stack.layout)
