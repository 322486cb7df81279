"""Where the bundles that were unpacked on this machine lie, and how they go."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from threading import get_ident
from uuid import UUID

from django.conf import settings

OWNER = ".owner"


def folder_of(bundle_hash: str) -> Path:
    folder: Path = settings.WORK_DIR / "bundles" / bundle_hash
    return folder


def note_owner(bundle_hash: str, tenant_id: UUID, version_id: UUID) -> None:
    """Write down whose bundle this is; a reader finds the whole note or none."""
    note, whose = folder_of(bundle_hash).with_suffix(OWNER), f"{tenant_id} {version_id}"
    if note.exists() and note.read_text() == whose:
        return
    note.parent.mkdir(parents=True, exist_ok=True)
    draft = note.with_suffix(f".{os.getpid()}-{get_ident()}")
    draft.write_text(whose)
    draft.replace(note)


def owners() -> Iterator[tuple[UUID, UUID, str]]:
    """The tenant, the version and the hash of every bundle that was noted on this machine."""
    for note in (settings.WORK_DIR / "bundles").glob(f"*{OWNER}"):
        tenant_id, version_id = note.read_text().split()
        yield UUID(tenant_id), UUID(version_id), note.stem


def remove(bundle_hash: str) -> None:
    """Remove a bundle's files, and the note of whose it is; harmless when there are none."""
    shutil.rmtree(folder_of(bundle_hash), ignore_errors=True)
    folder_of(bundle_hash).with_suffix(OWNER).unlink(missing_ok=True)
