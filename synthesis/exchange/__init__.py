"""Weights from and for other tools: fetched, imported, exported."""
