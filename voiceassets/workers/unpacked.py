"""Where the bundles that were unpacked on this machine lie, and how they go."""

from __future__ import annotations

import shutil
from pathlib import Path

from django.conf import settings

OWNER = ".owner"


def folder_of(bundle_hash: str) -> Path:
    folder: Path = settings.WORK_DIR / "bundles" / bundle_hash
    return folder


def remove(bundle_hash: str) -> None:
    """Remove a bundle's files, and the note of whose it is; harmless when there are none."""
    shutil.rmtree(folder_of(bundle_hash), ignore_errors=True)
    folder_of(bundle_hash).with_suffix(OWNER).unlink(missing_ok=True)
