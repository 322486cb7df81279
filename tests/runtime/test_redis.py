"""The private broker: a socket for its owner, no port, nothing on disk."""

from __future__ import annotations

import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis as client

from voiceassets.runtime import binaries, processes, redis
from voiceassets.runtime.environment import stack_environment
from voiceassets.runtime.errors import StartError
from voiceassets.runtime.layout import Layout


@pytest.fixture
def layout(private_folder: Path) -> Layout:
    layout = Layout.at(private_folder / "var")
    layout.prepare()
    return layout


@pytest.fixture
def process(layout: Layout) -> Iterator[subprocess.Popen[bytes]]:
    server = redis.Redis.under(layout)
    server.prepare()
    running = processes.start(server.program())
    server.wait_until_ready(running)
    yield running
    processes.stop([(running, server.program())])


def test_it_answers_at_the_url_the_platform_is_given(
    layout: Layout, process: subprocess.Popen[bytes]
) -> None:
    with client.Redis.from_url(stack_environment(layout)["REDIS_URL"]) as connection:
        assert connection.set("greeting", "hello")
        assert connection.get("greeting") == b"hello"


def test_only_its_owner_reaches_it_and_it_never_runs_as_root(
    layout: Layout, process: subprocess.Popen[bytes]
) -> None:
    with client.Redis.from_url(stack_environment(layout)["REDIS_URL"]) as connection:
        assert connection.config_get("port") == {"port": "0"}
        assert connection.config_get("save") == {"save": ""}
    assert stat.S_IMODE(layout.redis_socket.stat().st_mode) == 0o700
    assert Path(f"/proc/{process.pid}").stat().st_uid != 0


def test_it_starts_over_the_socket_of_one_that_was_killed(
    layout: Layout, process: subprocess.Popen[bytes]
) -> None:
    process.kill()
    process.wait()
    assert layout.redis_socket.exists()
    server = redis.Redis.under(layout)
    server.prepare()
    again = processes.start(server.program())
    server.wait_until_ready(again)
    processes.stop([(again, server.program())])


def test_a_server_too_old_for_the_queues_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    old = binaries.RedisBinary(path=Path("/bin/redis-server"), version="6.0.16", origin="system")
    monkeypatch.setattr(binaries, "_redis_candidates", lambda: iter([old]))
    with pytest.raises(StartError, match=r"6\.2 or newer"):
        binaries.find_redis()
