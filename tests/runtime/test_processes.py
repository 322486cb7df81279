"""Ending processes: the stubborn, the orphaned, the ones of a killed parent; and no stranger's."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from voiceassets.runtime import processes
from voiceassets.runtime.processes import Program

# Ignores being asked to end, and starts a second process which does so too.
STUBBORN = (
    "import signal, subprocess, sys, time;"
    "signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']);"
    "print('ready', flush=True);"
    "time.sleep(600)"
)
# Starts a program the way the supervisor does, says its number, and waits to be killed.
PARENT = """
import sys, time
from pathlib import Path
from voiceassets.runtime import privileges, processes
user = privileges.server_user() if sys.argv[2] != "same" else None
need = privileges.Reach(pass_folders=sys.argv[2] == "capable")
program = processes.Program(name="child", argv=("/bin/sleep", "600"), log=Path(sys.argv[1]),
                            user=user, reach=need)
print(processes.start(program).pid, flush=True)
time.sleep(600)
"""


@pytest.fixture
def stubborn(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], Program]]:
    program = Program(
        name="stubborn",
        argv=(sys.executable, "-c", STUBBORN),
        log=tmp_path / "stubborn.log",
        grace_s=0.1,
    )
    process = processes.start(program)
    assert processes.wait_until(lambda: "ready" in processes.tail(program.log), timeout_s=20)
    yield process, program
    processes.stop([(process, program)])


def test_what_outlives_its_grace_is_killed_with_all_it_started(
    stubborn: tuple[subprocess.Popen[bytes], Program],
) -> None:
    process, _ = stubborn
    assert len(processes.session_members(process.pid)) == 2
    processes.stop([stubborn])
    assert process.returncode == -signal.SIGKILL
    assert processes.session_members(process.pid) == []


def test_what_a_dead_process_has_started_is_still_found(
    stubborn: tuple[subprocess.Popen[bytes], Program],
) -> None:
    process, program = stubborn
    mark = processes.mark(program, process.pid)
    process.kill()
    process.wait()
    assert not processes.is_alive(mark)
    assert processes.stop_left_over([mark])
    assert processes.session_members(process.pid) == []
    assert not processes.stop_left_over([mark])


def test_a_stranger_with_the_same_number_is_spared(
    stubborn: tuple[subprocess.Popen[bytes], Program],
) -> None:
    process, program = stubborn
    mark = processes.mark(program, process.pid)
    earlier = replace(mark, started_ticks=mark.started_ticks - 1)
    assert not processes.is_alive(earlier)
    assert not processes.stop_left_over([earlier])
    assert processes.is_alive(mark)


@pytest.mark.parametrize("kind", ["same", "other", "capable"])
def test_a_program_ends_when_its_parent_is_killed(tmp_path: Path, kind: str) -> None:
    if kind != "same" and os.geteuid() != 0:
        pytest.skip("only root runs servers as somebody else")
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path / "log"), kind], stdout=subprocess.PIPE
    )
    with parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert processes.wait_until(
            lambda: Path(f"/proc/{child}/comm").read_text() == "sleep\n", timeout_s=5
        )
        assert (Path(f"/proc/{child}").stat().st_uid == os.geteuid()) == (kind == "same")
        parent.kill()
    assert processes.wait_until(lambda: processes.started_ticks(child) is None, timeout_s=5)


def test_a_log_that_has_grown_long_is_put_aside_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "LOG_KEPT_BYTES", 10)
    log = tmp_path / "echo.log"
    program = Program(name="echo", argv=("/bin/echo", "something long enough"), log=log)
    for _ in range(2):
        process = processes.start(program)
        process.wait()
    assert log.read_text() == (tmp_path / "echo.log.1").read_text()
