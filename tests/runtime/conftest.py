"""Folders and servers for the tests of the embedded stack, apart from the session's own servers."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from voiceassets.runtime import processes, roles
from voiceassets.runtime.layout import Layout
from voiceassets.runtime.postgres import Postgres


@dataclass(kw_only=True)
class Database:
    """A private PostgreSQL that a test may kill and start again."""

    server: Postgres
    closing: ExitStack = field(default_factory=ExitStack)
    process: subprocess.Popen[bytes] = field(init=False)

    @classmethod
    def at(cls, var: Path) -> Database:
        layout = Layout.at(var)
        layout.prepare()
        return cls(server=Postgres.under(layout, durable=False))

    @property
    def layout(self) -> Layout:
        return self.server.layout

    def start(self) -> None:
        self.server.prepare()
        program = self.server.program()
        self.process = processes.start(program)
        self.closing.callback(processes.stop, [(self.process, program)])
        self.server.wait_until_ready(self.process)
        roles.ensure_roles_and_database(self.layout)

    def value(self, statement: str, *, role: str = roles.SUPERUSER) -> object:
        """The first column of the first row."""
        with roles.connect(self.layout, role) as connection, connection.cursor() as cursor:
            cursor.execute(statement)
            (found,) = cursor.fetchone() or (None,)
            return found

    def run(self, *statements: str, role: str) -> None:
        with roles.connect(self.layout, role) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


@pytest.fixture
def private_folder() -> Iterator[Path]:
    """A folder that nobody but its owner may enter, under a short path."""
    folder = Path(tempfile.mkdtemp(prefix="va-"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def database() -> Iterator[Database]:
    """A running database below a folder that nobody but its owner may enter."""
    folder = Path(tempfile.mkdtemp(prefix="va-"))
    database = Database.at(folder / "var")
    with database.closing:
        database.start()
        yield database
    shutil.rmtree(folder)
