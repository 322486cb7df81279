"""`make fuzz`: every operation, with requests that fit its description and requests that do not.

A worker with a quick engine speaks for those that wait for speech, so that no answer may be a 5xx.

Prints a line per operation and a total; exits with 1 when an answer was a failure of ours or did
not fit the description, or when nothing succeeded and so nothing was tried. `--each 100` sends
more than 20,000 requests.
"""

from __future__ import annotations

import argparse
import sys
import time

from tests.fuzz.servers import quick_worker, servers


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--each", type=int, default=110, help="requests of each kind (110)")
    parser.add_argument("--number", type=int, default=1, help="another number, other requests")
    parser.add_argument("--only", default="", help="operations whose names begin like this")
    options = parser.parse_args()
    with servers() as private, quick_worker(private):
        return _fuzz(options)


def _fuzz(options: argparse.Namespace) -> int:
    from django.db import connections  # once the settings are known

    from tests.architecture.world import make_world
    from tests.fuzz.cases import Tally, fuzz

    total, begun_s = Tally(), time.monotonic()
    try:
        world = make_world("acme")
        for name, tally in fuzz(world, each=options.each, number=options.number, only=options.only):
            print(f"{name}: {tally}", *tally.failures[:3], sep="\n", flush=True)
            total.cases += tally.cases
            total.failures += tally.failures
            for status, count in tally.by_status.items():
                total.by_status[status] = total.by_status.get(status, 0) + count
    finally:
        connections.close_all()
    print(f"{total}, in {time.monotonic() - begun_s:.0f} s")
    return 1 if total.failures or not total.by_status.get(200) else 0


if __name__ == "__main__":
    sys.exit(main())
