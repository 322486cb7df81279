"""Fixtures every test may ask for; the servers behind them are `voiceassets.runtime.testing`'s."""

from __future__ import annotations

import ctypes
import shutil
from typing import TYPE_CHECKING

import pytest

from training.corpus.espeak_library import LIBRARY

# Named here because pytest lets a conftest, and not a plugin, replace pytest-django's fixture.
from voiceassets.runtime.testing import django_db_setup

if TYPE_CHECKING:
    from tests.factories import Cast

__all__ = ["django_db_setup"]


@pytest.fixture
def cast(db: None) -> Cast:
    """Alice, Bob, Carol and Dora of acme, Mallory of rival, each with a key."""
    from tests.factories import make_cast  # needs every room; most tests need none

    return make_cast()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Synthesizers come with the system, not with Python; without them their tests say so."""
    if missing := _missing_synthesizers():
        skip = pytest.mark.skip(f"apt-get install {' '.join(missing)}")
        for item in items:
            if item.get_closest_marker("synthesizers"):
                item.add_marker(skip)


def _missing_synthesizers() -> list[str]:
    missing = [] if shutil.which("flite") else ["flite"]
    try:
        ctypes.CDLL(LIBRARY)
    except OSError:
        missing.append("espeak-ng")
    return missing
