"""Breaks a running platform on purpose: `python -m tests.faults [--scenario NAME …] [--times 5]`.

Real workers, database, broker and files; prints a line per scenario and a total, and exits with 1
when anything did not hold. `--points` and `--kinds` narrow the kills, `--lease` sets JOB_LEASE_S.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from tests.faults.platform import Platform
from voiceassets.runtime.testing import PrivateServers
from voiceassets.workers.faults import POINTS

if TYPE_CHECKING:
    from tests.faults.company import Company
    from tests.faults.killing import Outcome
    from voiceassets.jobs.models import Job

SCENARIOS = ("kill", "poison", "pause", "flush", "broker", "drain", "uploads")
KINDS = ("prepare", "synthesize", "synthesize_batch")
PROGRAMS = ("web", "worker", "interactive", "scheduler")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--scenario", nargs="+", choices=SCENARIOS, default=SCENARIOS)
    parser.add_argument("--points", nargs="+", choices=POINTS, default=POINTS)
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS[:2])
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--lease", type=int, default=5, metavar="S")
    parser.add_argument("--logs", type=Path, metavar="FOLDER", help="keep the programs' logs here")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="voiceassets-faults-") as folder:
        servers = PrivateServers(Path(folder))
        os.environ.update(servers.env)
        try:
            servers.start_database()
            servers.start_broker()
            failed = _break_things(servers, options)
        finally:
            servers.stop()
            if options.logs:
                shutil.copytree(servers.layout.logs, options.logs, dirs_exist_ok=True)
    return 1 if failed else 0


def _break_things(servers: PrivateServers, options: argparse.Namespace) -> int:
    import django

    django.setup()
    platform = Platform(servers, lease_s=options.lease, names=PROGRAMS)
    platform.set_up()
    from django.db import connections

    from tests.faults.company import make_company

    begun_s, outcomes = time.monotonic(), []
    try:
        company = make_company()
        with platform:
            for outcome in _outcomes(platform, company, options):
                print(outcome, flush=True)
                outcomes.append(outcome)
    finally:
        connections.close_all()
    failed = sum(bool(outcome.wrong) for outcome in outcomes)
    took_s = time.monotonic() - begun_s
    print(f"{len(outcomes) - failed} of {len(outcomes)} held, in {took_s:.0f} s")
    return failed


def _outcomes(
    platform: Platform, company: Company, options: argparse.Namespace
) -> Iterator[Outcome]:
    from tests.faults import killing, losing, uploads

    scenarios: dict[str, Callable[[], Iterable[Outcome]]] = {
        "kill": lambda: _kills(platform, company, options),
        "poison": lambda: (killing.poison(platform, company, batch=way) for way in (True, False)),
        "pause": lambda: [killing.pause(platform, company)],
        "flush": lambda: [losing.flush(platform, company)],
        "broker": lambda: [losing.lose_broker(platform, company)],
        "drain": lambda: [losing.drain(platform, company)],
        "uploads": lambda: uploads.send_bad_ones(platform, company),
    }
    for name in options.scenario:
        yield from scenarios[name]()


def _kills(platform: Platform, company: Company, options: argparse.Namespace) -> Iterator[Outcome]:
    from tests.faults.killing import kill_once

    submit: dict[str, Callable[[], Job]] = {
        "prepare": company.prepare,
        "synthesize": company.speak,
        "synthesize_batch": lambda: company.speak(batch=True),
    }
    for kind, point in product(options.kinds, options.points):
        for _ in range(options.times):
            yield kill_once(platform, company, submit[kind], point=point)


if __name__ == "__main__":
    sys.exit(main())
