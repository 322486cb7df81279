"""The audit log on a private PostgreSQL, beside bare inserts and bare hashing."""

from __future__ import annotations

import hashlib
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from tests.benchmarks.measure import Figure
from voiceassets.audit import checkpoint, rows, sealer, signing, verification
from voiceassets.audit.actions import Action
from voiceassets.audit.chain import merkle_root
from voiceassets.audit.services import record
from voiceassets.core.context import platform_scope, tenant_scope
from voiceassets.tenants.models import Tenant
from voiceassets.tenants.services import create_tenant, system_actor
from voiceassets.workers import housekeeping

APPENDED = 500
HASHED = 20_000
MILLION = 1_000_000
CHUNK = 100_000
LAG_S, LAG_PER_S = 15, 100
FILL = """
INSERT INTO audit_event (id, tenant_id, action, actor_kind, actor_id, object_type, object_id, data,
                         request_id)
SELECT gen_random_uuid(), %s, 'bench.event', 'system', 'bench', 'tenant', 'ten_' || n,
       jsonb_build_object('before', 'state ' || n, 'after', n), 'req_' || n
  FROM generate_series(%s::bigint, %s::bigint) AS n
"""
LAGS = """
SELECT extract(epoch FROM s.sealed_at - e.created_at)
  FROM audit_event e JOIN audit_leaf l ON l.event_seq = e.seq JOIN audit_seal s
    ON s.number = l.seal_id WHERE e.request_id = 'lag'
"""


def figures(*, events: int) -> Iterator[Figure]:
    """`events` are sealed and verified; each figure beside the same work without the log."""
    actor = system_actor("bench")
    tenant = create_tenant(actor, slug=f"bench-{time.time_ns()}", name="Bench")
    with tenant_scope(tenant.pk):
        yield from _appending(actor, tenant)
    yield from _sealing(tenant, events)
    yield _lag(actor, tenant)


def _appending(actor: Any, tenant: Tenant) -> Iterator[Figure]:
    """Beside an insert of another row, which is what an event costs more than none."""
    with Path(f"/proc/{_backend()}/stat").open() as stat:

        def cpu() -> float:
            """Seconds of this process and of its database backend."""
            stat.seek(0)
            fields = stat.read().rpartition(")")[2].split()
            ticks = int(fields[11]) + int(fields[12])
            return time.process_time() + ticks / 100

        def append() -> None:
            for number in range(APPENDED):
                record(actor, Action.TENANT_CREATED, tenant, before="a", after=number)

        clocks = {"CPU with the database's": cpu, "wall": time.perf_counter}
        for name, clock in clocks.items():
            bare = _timed(_insert_bare, clock) / APPENDED * 1e3
            audited = _timed(append, clock) / APPENDED * 1e3
            yield Figure(
                name=f"append one event, {name}",
                value=audited,
                unit="ms",
                floor=bare,
                floor_name="bare insert",
            )


def _sealing(tenant: Tenant, events: int) -> Iterator[Figure]:
    sealer.seal_pending()
    for start in range(1, events + 1, CHUNK):
        with tenant_scope(tenant.pk), connection.cursor() as cursor:
            cursor.execute(FILL, [tenant.pk, start, min(start + CHUNK - 1, events)])
    hashing = HASHED / _timed(_hash_only(tenant))
    sealed = events / _timed(sealer.seal_pending)
    checkpoint.write_checkpoint()
    key = signing.signing_key().public_key()
    started, busy = time.perf_counter(), time.process_time()
    found = verification.verify(checkpoint_dir=settings.AUDIT_CHECKPOINT_DIR, public_key=key)
    if not found.ok:
        raise SystemExit(f"the log does not verify: {found.problems[:3]}")
    verified = found.events / (time.perf_counter() - started)
    alone = found.events / (time.process_time() - busy)
    beside: dict[str, Any] = {
        "unit": "events/s",
        "floor": hashing,
        "floor_name": "bare hashing of leaves",
    }
    yield Figure(name="seal events", value=sealed, **beside)
    yield Figure(name="verify events", value=verified, **beside)
    yield Figure(name="verify events, by this process's CPU", value=alone, **beside)
    yield Figure(
        name=f"verify 1,000,000 events, from {found.events:,}",
        value=MILLION / verified,
        unit="s",
        floor=MILLION / hashing,
        floor_name="bare hashing",
    )
    started = time.perf_counter()
    again = verification.verify(
        checkpoint_dir=settings.AUDIT_CHECKPOINT_DIR, public_key=key, resume=True
    )
    if not again.ok or not again.resumed_after:
        raise SystemExit("the verification did not go on from where it was")
    yield Figure(name="verify again, resumed", value=time.perf_counter() - started, unit="s")


def _lag(actor: Any, tenant: Tenant) -> Figure:
    """From an event's commit to its seal, while the housekeeping loop has all its duties."""
    stop = threading.Event()

    def keep_house() -> None:
        housekeeping.run(should_stop=stop.is_set)
        connection.close()

    loop = threading.Thread(target=keep_house)
    loop.start()
    for _ in range(LAG_S * LAG_PER_S):
        with tenant_scope(tenant.pk), connection.cursor() as cursor:
            cursor.execute(FILL.replace("'req_' || n", "'lag'"), [tenant.pk, 1, 1])
        time.sleep(1 / LAG_PER_S)
    deadline = time.monotonic() + 60
    lags: list[float] = []
    while len(lags) < LAG_S * LAG_PER_S and time.monotonic() < deadline:
        time.sleep(0.5)
        with platform_scope(), connection.cursor() as cursor:
            cursor.execute(LAGS)
            lags = [float(lag) for (lag,) in cursor.fetchall()]
    stop.set()
    loop.join()
    if len(lags) != LAG_S * LAG_PER_S:
        raise SystemExit(f"only {len(lags)} events were sealed")
    return Figure(
        name=f"sealer's lag at {LAG_PER_S} events/s, 99th percentile",
        value=statistics.quantiles(lags, n=100)[98],
        unit="s",
        floor=statistics.median(lags),
        floor_name="median",
    )


def _insert_bare() -> None:
    with connection.cursor() as cursor:
        for number in range(APPENDED):
            cursor.execute(
                "INSERT INTO audit_cursor VALUES (%s, 0, 0)", [f"bench-{time.time_ns()}-{number}"]
            )


def _hash_only(tenant: Tenant) -> Callable[[], object]:
    """SHA-256 of that many leaves as they are, and the root over them; nothing is read."""
    with tenant_scope(tenant.pk), connection.cursor() as cursor:
        cursor.execute(f"SELECT {rows.COLUMNS} FROM audit_event e LIMIT %s", [HASHED])
        spelled = [b"\0" + rows.leaf_bytes(row) for row in cursor.fetchall()]
    spelled = (spelled * (HASHED // len(spelled) + 1))[:HASHED]
    return lambda: merkle_root([hashlib.sha256(leaf).digest() for leaf in spelled])


def _backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    return int(pid)


def _timed(do: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    started = clock()
    do()
    return clock() - started
