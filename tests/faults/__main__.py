"""Breaks a running platform on purpose: `python -m tests.faults [--scenario NAME …] [--times 5]`.

Real workers, database, broker and files; prints a line per scenario and a total, and exits with 1
when anything did not hold. `--points` and `--kinds` narrow the kills, `--lease` sets JOB_LEASE_S.
`disk` needs the right to mount, and `clock` a C compiler; without, they are left out.
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

from tests.faults.disks import fill_disk, small_disks
from tests.faults.platform import Platform
from voiceassets.runtime.testing import PrivateServers
from voiceassets.workers.faults import POINTS

if TYPE_CHECKING:
    from tests.faults.company import Company
    from tests.faults.killing import Outcome
    from voiceassets.jobs.models import Job

SCENARIOS = (
    "kill",
    "poison",
    "pause",
    "flush",
    "broker",
    "broker60",
    "database",
    "disk",
    "clock",
    "drain",
    "uploads",
    "store",
)
KINDS = ("prepare", "synthesize", "synthesize_batch", "style")
PROGRAMS = ("web", "worker", "interactive", "scheduler")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--scenario", nargs="+", choices=SCENARIOS, default=SCENARIOS)
    parser.add_argument("--points", nargs="+", choices=POINTS, default=POINTS)
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS[:2])
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--grace", type=float, default=5.0, help="beyond the lease, after a kill")
    parser.add_argument("--lease", type=int, default=5, metavar="S")
    parser.add_argument("--logs", type=Path, metavar="FOLDER", help="keep the programs' logs here")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="voiceassets-faults-") as folder:
        servers = PrivateServers(Path(folder), durable=True)
        os.environ.update(servers.env)
        disks = [servers.layout.var / name for name in ("objects", "work")]
        try:
            servers.start_database()
            servers.start_broker()
            with small_disks(*disks) as can_fill:
                options.disks = disks if can_fill else []
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
    from tests.faults import clocks, data_stores, killing, losing, uploads

    times = range(options.times)
    scenarios: dict[str, Callable[[], Iterable[Outcome]]] = {
        "kill": lambda: _kills(platform, company, options),
        "poison": lambda: (killing.poison(platform, company, batch=way) for way in (True, False)),
        "pause": lambda: (killing.pause(platform, company) for _ in times),
        "flush": lambda: (losing.flush(platform, company) for _ in times),
        "broker": lambda: (losing.lose_broker(platform, company) for _ in times),
        "broker60": lambda: [losing.lose_broker(platform, company, down_s=60)],
        "database": lambda: (data_stores.restart_database(platform, company) for _ in times),
        "disk": lambda: _full_disks(platform, company, options),
        "clock": lambda: (
            clocks.skew(platform, company, hours=hours) for hours in (1, -1) if clocks.COMPILER
        ),
        "drain": lambda: [losing.drain(platform, company)],
        "uploads": lambda: uploads.send_bad_ones(platform, company),
        "store": lambda: (data_stores.spoil_store(platform, company, seed=n) for n in times),
    }
    for name in options.scenario:
        yield from scenarios[name]()


def _full_disks(
    platform: Platform, company: Company, options: argparse.Namespace
) -> Iterator[Outcome]:
    for number in range(options.times if options.disks else 0):
        folder = options.disks[number % len(options.disks)]
        yield fill_disk(platform, company, folder, relief=number % 4 > 1)


def _kills(platform: Platform, company: Company, options: argparse.Namespace) -> Iterator[Outcome]:
    from tests.faults.killing import kill_once

    submit: dict[str, Callable[[], Job]] = {
        "prepare": company.prepare,
        "synthesize": company.speak,
        "synthesize_batch": lambda: company.speak(batch=True),
        "style": company.restyle,
    }
    for kind, point in product(options.kinds, options.points):
        for _ in range(options.times):
            yield kill_once(platform, company, submit[kind], point=point, grace_s=options.grace)


if __name__ == "__main__":
    sys.exit(main())
