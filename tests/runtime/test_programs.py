"""What the platform's programs may take of the database together."""

from __future__ import annotations

from django.conf import settings

from voiceassets.runtime.postgres import SMALL
from voiceassets.runtime.programs import INTERACTIVE_THREADS, MOST_CONNECTIONS, WEB_THREADS

# For an operator's own commands, a stream's end, and the tests' own connections.
SPARE = 20


def test_the_private_database_takes_every_connection_of_the_programs_and_some_more() -> None:
    assert int(SMALL["max_connections"]) >= MOST_CONNECTIONS + SPARE


def test_sixteen_listen_at_once_and_threads_are_left_for_everybody_else() -> None:
    assert settings.API_LONG_REQUESTS >= 16
    assert WEB_THREADS - settings.API_LONG_REQUESTS >= 8
    assert INTERACTIVE_THREADS >= settings.ENGINE_SLOTS
