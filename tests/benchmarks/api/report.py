"""All figures of the API, in the order of their making: every part leaves more behind."""

from __future__ import annotations

from collections.abc import Iterator

from tests.benchmarks.api import reading, submitting, waking
from tests.benchmarks.api.filling import fill, make_company
from tests.benchmarks.api.served import Served
from tests.benchmarks.measure import Figure
from tests.faults.company import make_company as make_speaking_company
from voiceassets.runtime.stack import Stack

TENANTS = 32


def figures(stack: Stack, *, assets: int, grants: int, seconds: float) -> Iterator[Figure]:
    with Served(stack) as served:
        yield from waking.figures(served, make_speaking_company())
        # From here on no worker runs: what is submitted stays queued.
        companies = [make_company(f"tenant-{number}") for number in range(TENANTS)]
        yield from submitting.figures(served, companies, seconds=seconds)
        archive = fill(stack.superuser_dsn, assets=assets, grants=grants)
        yield from reading.figures(served, archive, seconds=seconds)
