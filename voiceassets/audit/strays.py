"""Events that no seal knows, and ones that went before they were sealed; found by counting first.

Each question is one statement, so that events which come and are sealed meanwhile do not count.
Laterals keep the planner from joining the whole log where a few rows wait.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection

from voiceassets.audit.problems import Problem

# A leaf counts only under a seal that there is. What waits and was sealed already does not wait.
SEALED = """
    EXISTS (SELECT 1 FROM audit_leaf l JOIN audit_seal s ON s.number = l.seal_id
             WHERE l.event_seq = e.seq)
"""
COUNTS = f"""
SELECT (SELECT count(*) FROM audit_event),
       (SELECT count(*) FROM audit_leaf),
       coalesce((SELECT total FROM audit_seal ORDER BY number DESC LIMIT 1), 0),
       (SELECT count(*) FROM audit_pending p CROSS JOIN LATERAL (
            SELECT 1 FROM audit_event e WHERE e.seq = p.event_seq AND NOT {SEALED} OFFSET 0) e),
       (SELECT count(*) FROM audit_pending)
"""  # noqa: S608  (a constant)
UNSEALED = f"""
SELECT e.seq FROM audit_event e
 WHERE NOT {SEALED} AND NOT EXISTS (SELECT 1 FROM audit_pending p WHERE p.event_seq = e.seq)
 ORDER BY e.seq
"""  # noqa: S608  (a constant)
ORPHANS = """
SELECT p.event_seq FROM audit_pending p
  LEFT JOIN LATERAL (SELECT e.seq FROM audit_event e WHERE e.seq = p.event_seq OFFSET 0) e ON true
 WHERE e.seq IS NULL ORDER BY p.event_seq
"""


@dataclass(frozen=True, kw_only=True)
class Counts:
    """Rows there are; `waiting` events are to be sealed yet, `total` is what the last seal says."""

    events: int
    leaves: int
    total: int
    waiting: int
    pending: int

    @property
    def agree(self) -> bool:
        return self.leaves == self.total and self.events == self.leaves + self.waiting


def counts() -> Counts:
    with connection.cursor() as cursor:
        cursor.execute(COUNTS)
        events, leaves, total, waiting, pending = cursor.fetchone()
    return Counts(events=events, leaves=leaves, total=total, waiting=waiting, pending=pending)


def strays(found: Counts) -> Iterator[Problem]:
    """What was slipped in behind the trigger, and what was deleted while it waited."""
    if not found.agree:
        for seq in _numbers(UNSEALED):
            yield Problem(
                kind="event_inserted", where=f"event #{seq}", message="it was never to be sealed"
            )
    for seq in _numbers(ORPHANS) if found.pending else ():
        yield Problem(
            kind="event_deleted", where=f"event #{seq}", message="gone before it was sealed"
        )


def _numbers(sql: str) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return [int(row[0]) for row in cursor.fetchall()]
