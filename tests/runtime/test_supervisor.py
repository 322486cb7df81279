"""The life of a stack: start, crash, restart, stop; and what a killed supervisor leaves behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator

import psutil
import pytest

from voiceassets.runtime import processes, state
from voiceassets.runtime.__main__ import main
from voiceassets.runtime.layout import ROOT, Layout
from voiceassets.runtime.processes import ProcessMark
from voiceassets.runtime.state import StackState

NAMES = ["postgres", "redis", "web", "worker"]


class SmallStack:
    """A supervisor in a child process, over one `var` that its starts share."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.output = layout.log("supervisor")
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, kind: str = "well") -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.runtime.small_stack", str(self.layout.var), kind]
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output)
        return self.process

    def started(self) -> StackState:
        process = self.process or self.start()
        assert processes.wait_until(
            lambda: self.is_ready() or process.poll() is not None, timeout_s=30
        )
        assert process.poll() is None, self.output.read_text()
        return self.state()

    def is_ready(self) -> bool:
        seen = state.read(self.layout)
        return bool(
            seen and self.process and seen.supervisor.pid == self.process.pid and seen.ready
        )

    def state(self) -> StackState:
        seen = state.read(self.layout)
        assert seen is not None
        return seen

    def mark(self, name: str) -> ProcessMark:
        found = self.state().process(name)
        assert found is not None
        return found

    def end(self) -> int:
        if self.process is None:
            return 0
        self.process.terminate()
        code = self.process.wait(timeout=30)
        self.process = None
        return code


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallStack]:
    layout = Layout.at(tmp_path_factory.mktemp("s") / "var")
    layout.prepare()
    stack = SmallStack(layout)
    yield stack
    stack.end()


def is_gone(mark: ProcessMark) -> bool:
    return not processes.is_alive(mark) and not processes.session_members(mark.pid)


def test_it_starts_all_and_says_where(stack: SmallStack) -> None:
    started = stack.started()
    assert [mark.name for mark in started.processes] == NAMES
    assert all(processes.is_alive(mark) for mark in started.processes)
    assert urllib.request.urlopen(started.url).status == 200


def test_a_second_start_says_that_it_runs_and_where(
    stack: SmallStack, capsys: pytest.CaptureFixture[str]
) -> None:
    before = stack.started()
    assert main([f"--var={stack.layout.var}", "up"]) == 0
    assert f"already running at {before.url}" in capsys.readouterr().out
    assert stack.state() == before


def test_status_names_every_part(stack: SmallStack, capsys: pytest.CaptureFixture[str]) -> None:
    stack.started()
    assert main([f"--var={stack.layout.var}", "status"]) == 0
    printed = capsys.readouterr().out
    assert all(f"{name:<12}runs" in printed for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_what_crashes_is_started_again_without_its_remains(stack: SmallStack, name: str) -> None:
    stack.started()
    before = stack.mark(name)
    os.kill(before.pid, signal.SIGKILL)
    assert processes.wait_until(lambda: stack.mark(name).pid != before.pid, timeout_s=10)
    assert processes.is_alive(stack.mark(name))
    assert is_gone(before)


def test_a_program_that_keeps_crashing_is_given_longer_pauses(stack: SmallStack) -> None:
    stack.started()
    first = stack.mark("worker")
    os.kill(first.pid, signal.SIGKILL)
    assert processes.wait_until(lambda: stack.mark("worker").pid != first.pid, timeout_s=10)
    second = stack.mark("worker")
    killed_at_s = time.monotonic()
    os.kill(second.pid, signal.SIGKILL)
    assert processes.wait_until(lambda: stack.mark("worker").pid != second.pid, timeout_s=10)
    assert time.monotonic() - killed_at_s > 1.0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_it_stops_everything_when_told_to(stack: SmallStack, number: signal.Signals) -> None:
    started = stack.started()
    assert stack.process is not None
    stack.process.send_signal(number)
    assert stack.process.wait(timeout=30) == 0
    stack.process = None
    assert all(is_gone(mark) for mark in started.processes)
    assert not state.is_running(stack.layout)


def test_after_a_killed_supervisor_the_next_start_cleans_up(stack: SmallStack) -> None:
    left = stack.started()
    assert stack.process is not None
    worker = psutil.Process(stack.mark("worker").pid)
    worker.suspend()  # cannot hear that its parent died, once it has really stopped
    assert processes.wait_until(lambda: worker.status() == psutil.STATUS_STOPPED, timeout_s=10)
    stack.process.kill()
    stack.process.wait()
    stack.process = None
    assert processes.is_alive(left.processes[NAMES.index("worker")])
    stack.started()
    assert all(is_gone(mark) for mark in left.processes)


def test_down_stops_a_running_stack(stack: SmallStack, capsys: pytest.CaptureFixture[str]) -> None:
    started = stack.started()
    assert main([f"--var={stack.layout.var}", "down"]) == 0
    assert stack.process is not None
    assert stack.process.wait(timeout=10) == 0
    stack.process = None
    assert all(is_gone(mark) for mark in started.processes)
    assert main([f"--var={stack.layout.var}", "down"]) == 0
    assert capsys.readouterr().out.splitlines() == ["Stopped.", "Voice Assets is not running."]
    assert main([f"--var={stack.layout.var}", "status"]) == 3


def test_a_failed_start_tells_why_and_leaves_nothing(stack: SmallStack) -> None:
    stack.end()
    process = stack.start(kind="broken-set-up")
    assert process.wait(timeout=30) == 1
    stack.process = None
    assert "the migration is wrong" in stack.output.read_text()
    assert state.read(stack.layout) is None
    assert not (stack.layout.database / "postmaster.pid").exists()
    assert not stack.layout.redis_socket.exists()
