"""The store in a folder, when processes race, die or lie."""

from __future__ import annotations

import errno
import io
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from voiceassets.core.errors import Unavailable
from voiceassets.storage.backends import KeyTaken
from voiceassets.storage.files import ASIDE, FileBackend

KEY = "tenant/ab/abcdef"
DIE_WHILE_WRITING = """
import os, signal, sys
from pathlib import Path
from voiceassets.storage.files import FileBackend

class Source:
    reads = 0
    def read(self, size):
        self.reads += 1
        if self.reads > 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return b"x" * 300_000

FileBackend(Path(sys.argv[1])).put(sys.argv[2], Source(), content_type="audio/wav")
"""


def test_of_many_writers_of_one_key_exactly_one_wins(tmp_path: Path) -> None:
    store, start = FileBackend(tmp_path), Barrier(8)

    def write(number: int) -> int | None:
        start.wait()
        try:
            store.put(KEY, io.BytesIO(bytes([number]) * 100_000), content_type="audio/wav")
        except KeyTaken:
            return None
        return number

    with ThreadPoolExecutor(8) as pool:
        winners = [number for number in pool.map(write, range(8)) if number is not None]
    assert len(winners) == 1
    with store.open(KEY) as file:
        assert file.read() == bytes(winners) * 100_000
    assert list(store.keys()) == [KEY]


def test_what_a_killed_writer_left_is_invisible_and_goes_with_its_key(tmp_path: Path) -> None:
    child = subprocess.run(
        [sys.executable, "-c", DIE_WHILE_WRITING, str(tmp_path), KEY], check=False
    )
    assert child.returncode == -signal.SIGKILL
    store = FileBackend(tmp_path)
    (remainder,) = store.keys()
    assert remainder.startswith(f"{KEY}{ASIDE}")
    store.delete(KEY)
    assert list(store.keys()) == []


def test_a_stored_file_is_read_only(tmp_path: Path) -> None:
    FileBackend(tmp_path).put(KEY, io.BytesIO(b"x"), content_type="audio/wav")
    assert (tmp_path / KEY).stat().st_mode & 0o777 == 0o400


@pytest.mark.parametrize("key", ["../up", "a/../../b", "/etc/passwd", "a//b", "a/./b", "", "a\0b"])
def test_no_key_leads_out_of_the_folder(tmp_path: Path, key: str) -> None:
    store = FileBackend(tmp_path / "objects")
    with pytest.raises(ValueError, match="not a key"):
        store.put(key, io.BytesIO(b"x"), content_type="audio/wav")
    assert not list(tmp_path.rglob("*"))


def test_a_full_disk_is_said_plainly_and_leaves_nothing(tmp_path: Path) -> None:
    class FullDisk(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError(errno.ENOSPC, "No space left on device")

    store = FileBackend(tmp_path)
    with pytest.raises(Unavailable, match="disk of the object store is full"):
        store.put(KEY, FullDisk(), content_type="audio/wav")
    assert list(store.keys()) == []
