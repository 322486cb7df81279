"""A disk without room is told from everything else that goes wrong."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
from django.conf import LazySettings

from voiceassets.core.errors import Refused
from voiceassets.workers import full_disks
from voiceassets.workers.work import Failed


@pytest.fixture(autouse=True)
def work_dir(settings: LazySettings, tmp_path: Path) -> None:
    settings.WORK_DIR = tmp_path


def test_it_is_found_behind_the_error_that_it_led_to() -> None:
    failure = Failed("unreadable", "It could not be decoded.")
    assert full_disks.told(failure) == ""
    failure.__cause__ = OSError(errno.ENOSPC, "No space left on device")
    assert "workers' disk is full" in full_disks.told(failure)


def test_a_decoder_that_says_something_else_is_not_believed_on_a_full_disk(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(full_disks, "LEAST_BYTES", 10**18)
    assert "workers' disk is full" in full_disks.told(RuntimeError("System error."))
    assert full_disks.told(Refused("The consent was revoked.")) == ""


def test_the_databases_disk_is_named() -> None:
    class DiskFull(Exception):
        pgcode = "53100"

    assert "database's disk is full" in full_disks.told(DiskFull())
