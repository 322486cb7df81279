"""Lists and details of a company with many assets, beside a view that does nothing."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Iterator

from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.benchmarks.api.clients import (
    Answer,
    closed_loop,
    percentile,
    request,
    require_status,
)
from tests.benchmarks.api.filling import Archive
from tests.benchmarks.api.served import Served
from tests.benchmarks.measure import Figure, median_s
from tests.factories import Person
from voiceassets.api.pages import page
from voiceassets.api.v1.assets import AssetOut
from voiceassets.assets import selectors
from voiceassets.runtime.programs import WEB, WEB_PROCESSES

CLIENTS = 4
WARM_UP = 8 * CLIENTS
NOTHING = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
ONE_PROCESS = {f"--workers={WEB_PROCESSES}": "--workers=1"}
LIMIT = 20
READS = " FROM "


def figures(served: Served, archive: Archive, *, seconds: float) -> Iterator[Figure]:
    idle, _, floor_ms = _measured(served, NOTHING, seconds)
    depths = (0, archive.count // 2, archive.count - LIMIT - 1)
    medians = []
    for depth in depths:
        answers, _, cpu_ms = _measured(served, _list_at(archive, depth), seconds)
        medians.append(percentile(answers, 0.5))
        yield Figure(
            name=f"list {LIMIT} of {archive.count:,}, {depth:,} deep, p95 of {CLIENTS} clients",
            value=percentile(answers, 0.95) * 1e3,
            unit="ms",
            floor=percentile(idle, 0.95) * 1e3,
            floor_name="a view that does nothing",
        )
        yield _cpu(f"list, {depth:,} deep", cpu_ms, floor_ms)
    yield Figure(
        name="last page, times the first",
        value=medians[-1] / medians[0],
        unit="x",
    )
    yield _queries(archive)
    detail = request("GET", f"/v1/assets/{archive.asset_id(5)}", token=archive.company.owner.token)
    served.stop(WEB)
    served.start(WEB, ONE_PROCESS)
    _, floor_rate, floor_ms = _measured(served, NOTHING, seconds)
    _, rate, cpu_ms = _measured(served, detail, seconds)
    yield Figure(
        name="detail, one web process",
        value=rate,
        unit="/s",
        floor=floor_rate,
        floor_name="a view that does nothing",
    )
    yield _cpu("detail", cpu_ms, floor_ms)
    yield from _granted(archive)


def _measured(served: Served, message: bytes, seconds: float) -> tuple[list[Answer], float, float]:
    """The answers, how many came in a second, and what each took of the processors in ms."""
    closed_loop(served.port, itertools.repeat(message, WARM_UP), clients=CLIENTS, seconds=seconds)
    with served.measured() as spent:
        answers, took_s = closed_loop(
            served.port, itertools.repeat(message), clients=CLIENTS, seconds=seconds
        )
    require_status(answers, 200)
    return answers, len(answers) / took_s, spent[0].both_s / len(answers) * 1e3


def _list_at(archive: Archive, depth: int) -> bytes:
    after = f"&after={archive.asset_id(depth - 1)}" if depth else ""
    path = f"/v1/assets?limit={LIMIT}{after}"
    return request("GET", path, token=archive.company.owner.token)


def _cpu(what: str, ms: float, floor_ms: float) -> Figure:
    return Figure(
        name=f"{what}, CPU of app and database",
        value=ms,
        unit="ms",
        floor=floor_ms,
        floor_name="a view that does nothing",
    )


def _queries(archive: Archive) -> Figure:
    """In this process, with the same views; what only begins and ends transactions reads none."""
    from django.test import Client  # needs the settings

    client = Client(headers=archive.company.owner.headers, SERVER_NAME="127.0.0.1")
    path = f"/v1/assets?limit={LIMIT}&after={archive.asset_id(40)}"
    client.get(path)
    with CaptureQueriesContext(connection) as queries:
        client.get(path)
    reads = [query for query in queries if READS in query["sql"]]
    return Figure(name="list, queries that read tables", value=len(reads), unit="")


def _granted(archive: Archive) -> Iterator[Figure]:
    """The SQL of a first and of a deep page, for whom voices were granted one by one."""
    floor_s = statistics.median(_sql_s(archive, archive.company.owner, deep) for deep in (0, 1))
    for whose, person in (
        ("of all voices", archive.all_granted),
        ("of ten voices", archive.few_granted),
    ):
        for deep in (False, True):
            yield Figure(
                name=f"list by grants {whose}, {'deep' if deep else 'first'} page, SQL",
                value=_sql_s(archive, person, deep) * 1e3,
                unit="ms",
                floor=floor_s * 1e3,
                floor_name="every voice by role",
            )


def _sql_s(archive: Archive, person: Person, deep: bool | int) -> float:
    query = {"limit": LIMIT} | ({"after": archive.asset_id(archive.count // 2)} if deep else {})

    def read() -> None:
        with person.scope() as actor:
            page(selectors.assets(actor), query).as_dict(AssetOut)

    with CaptureQueriesContext(connection) as queries:
        read()
    sql = max((query["sql"] for query in queries), key=len)

    def run() -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            cursor.fetchall()

    with person.scope():
        return median_s(run)
