"""A database and a broker of our own for a command, with the tables made; no pytest needed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from voiceassets.runtime.testing import PrivateServers, migrate_as_owner


@contextmanager
def servers() -> Iterator[None]:
    """Start both, point the settings at them, and stop them after the block."""
    with tempfile.TemporaryDirectory(prefix="voiceassets-fuzz-") as folder:
        private = PrivateServers(Path(folder))
        os.environ.update(private.env)
        try:
            private.start_database()
            private.start_broker()
            _set_up(private)
            yield
        finally:
            private.stop()


def _set_up(private: PrivateServers) -> None:
    import django  # once the environment is known

    django.setup()
    from django.conf import settings

    migrate_as_owner(private)
    Path(settings.STATIC_ROOT).mkdir(parents=True)
