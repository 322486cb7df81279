"""The one engine of this process, and the voices it has at hand."""

from __future__ import annotations

import os
import shutil
import tarfile
import threading
from functools import cache
from pathlib import Path

from django.conf import settings

from synthesis.base import MANIFEST, BaseModel
from synthesis.bundle import VoiceBundle
from synthesis.engine import Engine
from voiceassets.registry.models import ModelVersion
from voiceassets.storage import services as storage

_unpacking = threading.Lock()


@cache
def engine() -> Engine:
    """Built on first use; its text encoder is the installed base's."""
    folder = settings.BASE_MODEL_DIR
    base = BaseModel.open(folder) if (folder / MANIFEST).exists() else None
    return Engine(device="cpu", base=base)


def open_bundle(version: ModelVersion) -> VoiceBundle:
    """The version's bundle, fetched and verified once per machine."""
    folder = settings.WORK_DIR / "bundles" / version.bundle_hash
    with _unpacking:
        if not folder.exists():
            _unpack(version, folder)
    return VoiceBundle.open(folder)


def forget(version: ModelVersion) -> None:
    """Drop the version's weights from this machine."""
    shutil.rmtree(settings.WORK_DIR / "bundles" / version.bundle_hash, ignore_errors=True)


def _unpack(version: ModelVersion, folder: Path) -> None:
    aside = folder.with_name(f"{folder.name}.{os.getpid()}")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    archive = aside / "bundle.tar"
    storage.fetch_to(version.bundle, archive)
    with tarfile.open(archive) as tar:
        tar.extractall(aside, filter="data")
    archive.unlink()
    try:
        aside.rename(folder)
    except OSError:
        shutil.rmtree(aside)  # another process was first; its copy counts
        if not folder.exists():
            raise
