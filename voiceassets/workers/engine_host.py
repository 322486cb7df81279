"""The one engine of this process, and the voices it has at hand."""

from __future__ import annotations

import shutil
import tarfile
import threading
from functools import cache
from pathlib import Path

from django.conf import settings

from synthesis.base import MANIFEST, BaseModel
from synthesis.bundle import VoiceBundle
from synthesis.engine import Engine
from synthesis.serving.scheduler import Capacity, Scheduler
from voiceassets.registry.models import ModelVersion
from voiceassets.storage import services as storage

_building = threading.Lock()
_unpacking = threading.Lock()


def engine() -> Engine:
    """Built on first use; its text encoder is the installed base's.

    All threads of the process share it, and their sentences decode together.
    """
    with _building:
        return _engine()


@cache
def _engine() -> Engine:
    folder = settings.BASE_MODEL_DIR
    base = BaseModel.open(folder) if (folder / MANIFEST).exists() else None
    capacity = Capacity(slots=settings.ENGINE_SLOTS, requests=settings.ENGINE_REQUESTS)
    return Engine(device="cpu", base=base, scheduler=Scheduler(capacity))


def open_bundle(version: ModelVersion, *, aside: Path) -> VoiceBundle:
    """The version's bundle, fetched and verified once per machine.

    It is unpacked in `aside`, a folder that goes with the caller's work should the worker die.
    """
    folder = settings.WORK_DIR / "bundles" / version.bundle_hash
    with _unpacking:
        if not folder.exists():
            _unpack(version, aside, folder)
    return VoiceBundle.open(folder)


def forget(version: ModelVersion) -> None:
    """Drop the version's weights from this machine."""
    shutil.rmtree(settings.WORK_DIR / "bundles" / version.bundle_hash, ignore_errors=True)


def _unpack(version: ModelVersion, aside: Path, folder: Path) -> None:
    aside.mkdir()
    folder.parent.mkdir(parents=True, exist_ok=True)
    archive = aside / "bundle.tar"
    storage.fetch_to(version.bundle, archive)
    with tarfile.open(archive) as tar:
        tar.extractall(aside, filter="data")
    archive.unlink()
    try:
        aside.rename(folder)
    except OSError:
        if not folder.exists():  # otherwise another process was first, and its copy counts
            raise
