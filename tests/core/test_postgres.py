"""A connection that is closed stays open for the next thread, unless something is wrong with it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import OperationalError, connections

from voiceassets.core.postgres import base

Connect = Callable[[], Any]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def connect(settings: LazySettings) -> Iterator[Connect]:
    settings.DATABASE_KEPT_OPEN = 1
    made: list[Any] = []

    def another() -> Any:
        made.append(connections.create_connection("default"))
        return made[-1]

    yield another
    settings.DATABASE_KEPT_OPEN = 0
    for each in made:
        each.close()
    for kept in base._kept.values():
        while kept:
            kept.pop()[0].close()


def pid_of(one: Any) -> int:
    """The server's process behind a connection."""
    with one.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    return int(pid)


def test_the_next_one_gets_what_was_closed(connect: Connect) -> None:
    first, second = connect(), connect()
    pid = pid_of(first)
    first.close()
    assert first.connection is None
    assert pid_of(second) == pid


def test_it_keeps_no_more_than_it_may(connect: Connect) -> None:
    first, second, third = connect(), connect(), connect()
    pids = {pid_of(first), pid_of(second)}
    raw = second.connection
    first.close()
    second.close()
    assert raw.closed
    assert pid_of(third) in pids
    assert pid_of(first) not in pids


def test_it_keeps_none_that_failed_or_is_in_a_transaction(connect: Connect) -> None:
    failed, busy = connect(), connect()
    with pytest.raises(OperationalError), failed.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    pid_of(busy)
    busy.set_autocommit(False)
    pid_of(busy)
    for one in (failed, busy):
        raw = one.connection
        one.close()
        assert raw.closed


def test_it_gives_none_that_the_server_has_ended(connect: Connect) -> None:
    first, second, watching = connect(), connect(), connect()
    pid, _ = pid_of(first), pid_of(watching)
    raw = first.connection
    first.close()
    with watching.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    assert pid_of(second) != pid
    assert raw.closed


def test_it_gives_none_that_is_too_old(connect: Connect, settings: LazySettings) -> None:
    first, second = connect(), connect()
    pid = pid_of(first)
    first.close()
    settings.DATABASE_CONN_MAX_AGE_S = 0
    assert pid_of(second) != pid


def test_a_child_process_takes_none_of_its_parents(connect: Connect) -> None:
    first, second = connect(), connect()
    pid = pid_of(first)
    first.close()
    child = os.fork()
    if child == 0:
        os._exit(len(second._those_kept()))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert pid_of(second) == pid
