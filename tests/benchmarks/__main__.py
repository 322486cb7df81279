"""`make bench`: each figure beside its floor; `ARGS=api` (audit, engine, training): one part."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.benchmarks.measure import Figure
from voiceassets.runtime.stack import Stack


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS], help="all when left out")
    parser.add_argument("--events", type=int, default=20_000, help="of the audit log")
    parser.add_argument("--assets", type=int, default=1_000_000, help="that are listed")
    parser.add_argument("--grants", type=int, default=100_000, help="of voices to one person")
    parser.add_argument("--seconds", type=float, default=60.0, help="of each load on the API")
    options = parser.parse_args(argv)
    for name in options.parts or PARTS:
        print(f"{name}:", flush=True)
        for figure in PARTS[name](options):
            print(f"  {figure.line()}", flush=True)
    return 0


def _engine(_: argparse.Namespace) -> Iterator[Figure]:
    from tests.benchmarks import engine, starter, voices  # slow: torch

    yield from starter.figures()
    yield from engine.figures()
    yield from voices.figures()


def _training(_: argparse.Namespace) -> Iterator[Figure]:
    from tests.benchmarks import training  # slow: torch

    yield from training.figures()


def _audit(options: argparse.Namespace) -> Iterator[Figure]:
    with _stack():
        from tests.benchmarks import audit  # needs the settings

        yield from audit.figures(events=options.events)


def _api(options: argparse.Namespace) -> Iterator[Figure]:
    with _stack() as stack:
        from tests.benchmarks.api import report  # needs the settings

        yield from report.figures(
            stack, assets=options.assets, grants=options.grants, seconds=options.seconds
        )


@contextmanager
def _stack() -> Iterator[Stack]:
    """A private database and broker, which the settings then name."""
    with (
        tempfile.TemporaryDirectory(prefix="voiceassets-bench-") as folder,
        Stack(Path(folder), web=False, workers=False) as stack,
    ):
        os.environ.update(stack.env)
        import django

        django.setup()
        yield stack


PARTS: dict[str, Callable[[argparse.Namespace], Iterator[Figure]]] = {
    "engine": _engine,
    "training": _training,
    "audit": _audit,
    "api": _api,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
