"""What every store promises: whole files, written once, measured by us."""

from __future__ import annotations

import hashlib
import io
from contextlib import closing
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from voiceassets.storage.backends import Backend, KeyTaken, Missing, backend
from voiceassets.storage.files import FileBackend

KEY = "tenant/ab/abcdef"


def put(store: Backend, content: bytes, key: str = KEY) -> str:
    return store.put(key, io.BytesIO(content), content_type="audio/wav").sha256


def read(store: Backend, key: str = KEY) -> bytes:
    with closing(store.open(key)) as file:
        return file.read()


@pytest.mark.parametrize("content", [b"", b"a", b"voice" * 500_000])
def test_it_gives_back_what_was_stored_and_measures_it(store: Backend, content: bytes) -> None:
    written = store.put(KEY, io.BytesIO(content), content_type="audio/wav")
    assert read(store) == content
    assert written.sha256 == hashlib.sha256(content).hexdigest()
    assert (written.size_bytes, written.content_type) == (len(content), "audio/wav")


def test_it_refuses_to_overwrite_even_with_the_same_bytes(store: Backend) -> None:
    put(store, b"first")
    for content in (b"second", b"first"):
        with pytest.raises(KeyTaken):
            put(store, content)
    assert read(store) == b"first"
    assert list(store.keys()) == [KEY]


def test_it_says_when_there_is_nothing_and_deletes_without_complaint(store: Backend) -> None:
    with pytest.raises(Missing):
        store.open(KEY)
    store.delete(KEY)
    put(store, b"here")
    store.delete(KEY)
    assert list(store.keys()) == []


def test_it_takes_a_source_that_can_be_read_only_once(store: Backend) -> None:
    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.rest = [b"one", b"two", b""]

        def seekable(self) -> bool:
            return False

        def read(self, size: int = -1) -> bytes:
            return self.rest.pop(0)

    store.put(KEY, Pipe(), content_type="audio/wav")  # type: ignore[arg-type]
    assert read(store) == b"onetwo"


def test_it_keeps_nothing_of_a_source_that_breaks(store: Backend) -> None:
    class Breaking(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell():
                raise ConnectionResetError
            return super().read(3)

    with pytest.raises(ConnectionResetError):
        store.put(KEY, Breaking(b"abcdef"), content_type="audio/wav")
    assert list(store.keys()) == []


@pytest.mark.parametrize("wrong", ["ftp://x/y", "file://host/dir", "file:relative", "s3:///key"])
def test_it_refuses_a_store_it_does_not_know(settings: Settings, wrong: str) -> None:
    settings.OBJECT_STORE = wrong
    with pytest.raises(ImproperlyConfigured, match="object store"):
        backend()


def test_a_folder_with_blanks_in_its_name_is_found(settings: Settings, tmp_path: Path) -> None:
    settings.OBJECT_STORE = f"file://{tmp_path}/my%20objects"
    store = backend()
    assert isinstance(store, FileBackend)
    assert store.root == tmp_path / "my objects"
