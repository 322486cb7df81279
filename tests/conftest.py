"""Fixtures every test may ask for; the servers behind them come from `voiceassets.runtime.testing`."""

from __future__ import annotations
