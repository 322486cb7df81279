"""Fixtures every test may ask for; the servers behind them are `voiceassets.runtime.testing`'s."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

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
