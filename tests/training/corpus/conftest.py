"""Synthesizers come with the system, not with Python; without them their tests say so."""

import ctypes
import shutil

import pytest

from training.corpus.espeak_library import LIBRARY


def _can_load(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    missing = [] if _can_load(LIBRARY) else ["espeak-ng"]
    missing += [] if shutil.which("flite") else ["flite"]
    for item in items:
        spoken = item.path.parent.name == "corpus" or item.path.name == "test_retrieval.py"
        if spoken and missing:
            item.add_marker(pytest.mark.skip(f"apt-get install {' '.join(missing)}"))
