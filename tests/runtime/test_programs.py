"""What the platform's programs may take of the database together."""

from __future__ import annotations

from voiceassets.runtime.postgres import SMALL
from voiceassets.runtime.programs import MOST_CONNECTIONS

# For an operator's own commands, a stream's end, and the tests' own connections.
SPARE = 20


def test_the_private_database_takes_every_connection_of_the_programs_and_some_more() -> None:
    assert int(SMALL["max_connections"]) >= MOST_CONNECTIONS + SPARE
