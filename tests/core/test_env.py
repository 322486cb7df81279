"""What the environment says of the database, and how long it is waited for."""

from __future__ import annotations

import socket
import time

import psycopg2
import pytest

from voiceassets import env
from voiceassets.env import PATIENCE


def test_a_database_is_waited_for_so_long_unless_its_url_says_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(
        "X", "postgres://alice:s%40d@db:6432/voices?connect_timeout=9&sslmode=require"
    )
    found = env.database("X")
    assert found["OPTIONS"] == PATIENCE | {"connect_timeout": "9", "sslmode": "require"}
    assert (found["HOST"], found["PORT"], found["PASSWORD"]) == ("db", "6432", "s@d")


def test_a_database_that_accepts_and_says_nothing_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        begun_s = time.monotonic()
        with pytest.raises(psycopg2.OperationalError, match="timeout expired"):
            psycopg2.connect(host="127.0.0.1", port=port, **PATIENCE | {"connect_timeout": "2"})
    assert time.monotonic() - begun_s < 10
