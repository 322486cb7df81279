"""Events whose content is retired: does the log tell of each, and is what is left as it was."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from voiceassets.audit import rows
from voiceassets.audit.actions import Action
from voiceassets.audit.chain import merkle_root
from voiceassets.audit.problems import Problem

# Nothing may be retired sooner, whatever the settings say; migration 0007 holds the same number.
FLOOR_DAYS = 183
LEFT = f"SELECT {rows.COLUMNS} FROM audit_event e WHERE e.seq = ANY(%s) ORDER BY e.seq"  # noqa: S608
# One that waits to be sealed counts as sealed now.
TOLD = """
SELECT e.data, coalesce(s.sealed_at, now()) FROM audit_event e
  LEFT JOIN audit_leaf l ON l.event_seq = e.seq LEFT JOIN audit_seal s ON s.number = l.seal_id
 WHERE e.action = %s ORDER BY e.seq
"""


def root_of_left(seqs: list[int]) -> bytes:
    """The Merkle root over what the rows of at least one event hold now, in order of `seq`."""
    with connection.cursor() as cursor:
        cursor.execute(LEFT, [seqs])
        return merkle_root([rows.leaf_hash(row) for row in cursor.fetchall()])


def unaccounted(found: Mapping[int, datetime]) -> Iterator[Problem]:
    """What is wrong with retired events, given by number with the time they were sealed at."""
    untold = dict(found)
    for data, told_at in _told() if found else ():
        seqs = [seq for seq in data.get("events", ()) if seq in untold]
        if not seqs:
            continue
        sealed_at = max(untold.pop(seq) for seq in seqs)
        where = f"events #{seqs[0]} to #{seqs[-1]}"
        if root_of_left(data["events"]).hex() != data.get("left"):
            message = f"what retention left of these {len(data['events'])} has changed"
            yield Problem(kind="event_edited", where=where, message=message)
        elif told_at - sealed_at < timedelta(days=FLOOR_DAYS):
            message = f"they were retired sooner than {FLOOR_DAYS} days after they were sealed"
            yield Problem(kind="event_erased", where=where, message=message)
    for seq in sorted(untold):
        message = "what it said is gone, and no retirement on record tells of it"
        yield Problem(kind="event_erased", where=f"event #{seq}", message=message)


def _told() -> list[tuple[dict[str, Any], datetime]]:
    with connection.cursor() as cursor:
        cursor.execute(TOLD, [Action.AUDIT_RETIRED])
        return [(json.loads(data), told_at) for data, told_at in cursor.fetchall()]
