"""Fixtures every test may ask for; the servers behind them are `voiceassets.runtime.testing`'s."""

from __future__ import annotations

# Named here because pytest lets a conftest, and not a plugin, replace pytest-django's fixture.
from voiceassets.runtime.testing import django_db_setup

__all__ = ["django_db_setup"]
