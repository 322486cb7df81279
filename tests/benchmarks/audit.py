"""The audit log on a private PostgreSQL, beside bare inserts and bare hashing."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator

from django.conf import settings
from django.db import connection

from tests.benchmarks.measure import Figure
from voiceassets.audit import checkpoint, sealer, signing, verification
from voiceassets.audit.actions import Action
from voiceassets.audit.services import record
from voiceassets.core.context import tenant_scope
from voiceassets.tenants.models import Tenant
from voiceassets.tenants.services import create_tenant, system_actor

APPENDED = 500
HASHED = 20_000
MILLION = 1_000_000
FILL = """
INSERT INTO audit_event (id, tenant_id, action, actor_kind, actor_id, object_type, object_id, data,
                         request_id)
SELECT gen_random_uuid(), %s, 'bench.event', 'system', 'bench', 'tenant', 'ten_' || n,
       '{"before": "a", "after": "b"}', 'req_' || n FROM generate_series(1, %s) AS n
"""


def figures(*, events: int) -> Iterator[Figure]:
    """`events` are sealed and verified; each figure beside the same work without the log."""
    actor = system_actor("bench")
    tenant = create_tenant(actor, slug=f"bench-{time.time_ns()}", name="Bench")
    with tenant_scope(tenant.pk):
        bare = _timed(lambda: _insert_plain(APPENDED)) / APPENDED
        audited = _timed(
            lambda: [record(actor, Action.TENANT_CREATED, tenant) for _ in range(APPENDED)]
        )
        bare_cpu = _timed(lambda: _insert_plain(APPENDED), time.process_time) / APPENDED
        audited_cpu = _timed(
            lambda: [record(actor, Action.TENANT_CREATED, tenant) for _ in range(APPENDED)],
            time.process_time,
        )
    yield Figure(
        name="append one event, CPU of this process",
        value=audited_cpu / APPENDED * 1e3,
        unit="ms",
        floor=bare_cpu * 1e3,
        floor_name="bare insert",
    )
    yield Figure(
        name="append one event",
        value=audited / APPENDED * 1e3,
        unit="ms",
        floor=bare * 1e3,
        floor_name="bare insert",
    )
    yield from _sealing(tenant, events)


def _sealing(tenant: Tenant, events: int) -> Iterator[Figure]:
    sealer.seal_pending()
    with tenant_scope(tenant.pk), connection.cursor() as cursor:
        cursor.execute(FILL, [tenant.pk, events])
    hashing = HASHED / _timed(_hash_only)
    sealed = events / _timed(sealer.seal_pending)
    checkpoint.write_checkpoint()
    key = signing.signing_key().public_key()
    started = time.perf_counter()
    found = verification.verify(checkpoint_dir=settings.AUDIT_CHECKPOINT_DIR, public_key=key)
    if not found.ok:
        raise SystemExit(f"the log does not verify: {found.problems[:3]}")
    verified = found.events / (time.perf_counter() - started)
    beside = {"unit": "events/s", "floor": hashing, "floor_name": "bare SHA-256"}
    yield Figure(name="seal events", value=sealed, **beside)
    yield Figure(name="verify events", value=verified, **beside)
    yield Figure(
        name=f"verify 1,000,000 events, from {found.events:,}",
        value=MILLION / verified,
        unit="s",
        floor=MILLION / hashing,
        floor_name="bare SHA-256",
    )


def _insert_plain(count: int) -> None:
    with connection.cursor() as cursor:
        for number in range(count):
            cursor.execute(
                "INSERT INTO audit_cursor VALUES (%s, 0, 0)", [f"bench-{time.time_ns()}-{number}"]
            )


def _hash_only() -> None:
    for number in range(HASHED):
        hashlib.sha256(b"\x00" + str(number).encode() * 40).digest()


def _timed(do: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    started = clock()
    do()
    return clock() - started
