"""A database and a broker of our own for a command, with the tables made; no pytest needed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from voiceassets.runtime import processes
from voiceassets.runtime.programs import platform_programs
from voiceassets.runtime.testing import PrivateServers, migrate_as_owner

READY_TIMEOUT_S = 120.0


@contextmanager
def servers() -> Iterator[PrivateServers]:
    """Start both, point the settings at them, and stop them after the block."""
    with tempfile.TemporaryDirectory(prefix="voiceassets-fuzz-") as folder:
        private = PrivateServers(Path(folder))
        os.environ.update(private.env)
        try:
            private.start_database()
            private.start_broker()
            _set_up(private)
            yield private
        finally:
            private.stop()


@contextmanager
def quick_worker(private: PrivateServers) -> Iterator[None]:
    """The platform's interactive worker with a quick engine; start it before there is a voice."""
    env = {**os.environ, "LABEL_WATERMARK": "false"}
    every = platform_programs(private.layout, env, port=0, web=False, workers=True)
    program = next(program for program in every if program.name == "interactive")
    app = "tests.fuzz.quick_worker"
    argv = [app if word == "voiceassets.workers.app" else word for word in program.argv]
    program = replace(program, argv=tuple(argv))
    process = processes.start(program)
    try:
        if not processes.wait_until(
            lambda: program.log.exists() and " ready." in program.log.read_text(),
            timeout_s=READY_TIMEOUT_S,
        ):
            raise SystemExit(f"the worker did not start:\n{processes.tail(program.log)}")
        yield
    finally:
        processes.stop([(process, program)])


def _set_up(private: PrivateServers) -> None:
    import django  # once the environment is known

    django.setup()
    from django.conf import settings

    migrate_as_owner(private)
    Path(settings.STATIC_ROOT).mkdir(parents=True)
