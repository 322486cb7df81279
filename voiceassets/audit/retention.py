"""How long what an event says is kept, and taking it away afterwards while its seal stays.

The row keeps its number, its place in the seal with the hash it was sealed with, its action and its
time; who, what and the details go. The database allows this change alone, once, and of sealed
events only (migration 0007). An event of its own says which rows lost what, with the root over
what is left of them: verification accepts no row as retired that no such event tells of.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core import checks
from django.db import connection
from django.utils import timezone

from voiceassets.audit import checkpoint, rows
from voiceassets.audit.actions import Action
from voiceassets.audit.models import Seal
from voiceassets.audit.retired import FLOOR_DAYS, root_of_left
from voiceassets.audit.services import Subject, record
from voiceassets.core.context import Actor

log = logging.getLogger(__name__)

BATCH = 500


class EventClass(StrEnum):
    """What events are kept for. What stands until it is taken back is never retired."""

    ACCESS = "access"
    OPERATIONS = "operations"
    EVIDENCE = "evidence"
    STANDING = "standing"


# By the first word of an action.
ROOMS = {
    EventClass.ACCESS: (
        "access", "session", "password", "authenticator", "identity", "account", "search",
    ),
    EventClass.OPERATIONS: ("upload", "object", "job", "batch", "webhook", "lexicon"),
    EventClass.EVIDENCE: (
        "speaker", "consent", "receipt", "recording", "segment", "transcript", "dataset",
        "finetune", "style", "evaluation", "version", "appeal", "voiceprint", "synthesis", "asset",
        "label", "file",
    ),
    EventClass.STANDING: ("tenant", "member", "invitation", "role", "key", "hold", "voice",
        "no_go", "audit"),
}  # fmt: skip
CLASS_OF = {room: kept_for for kept_for, rooms in ROOMS.items() for room in rooms}

DUE = f"""
SELECT {rows.COLUMNS}, l.hash FROM audit_event e
  JOIN audit_leaf l ON l.event_seq = e.seq
 WHERE e.tenant_id = %s AND e.retired_at IS NULL AND e.action = ANY(%s) AND l.seal_id <= %s
   AND e.seq > %s
 ORDER BY e.seq LIMIT %s
   FOR UPDATE OF e SKIP LOCKED
"""  # noqa: S608  (the columns are a constant)
RETIRE = """
UPDATE audit_event
   SET data = '{}', actor_id = '', object_id = '', request_id = '', trace_id = '',
       retired_at = now()
 WHERE seq = ANY(%s)
"""


@dataclass(frozen=True, kw_only=True)
class Retired:
    """How many events of a class a tenant has, or would have, retired in one go."""

    kept_for: EventClass
    days: int
    events: int


def class_of(action: str) -> EventClass:
    """Raises KeyError for an action of no room."""
    return CLASS_OF[action.partition(".")[0]]


def days_of(kept_for: EventClass) -> int:
    """How many days such events are kept whole; 0 is for good."""
    return 0 if kept_for is EventClass.STANDING else int(settings.AUDIT_RETENTION_DAYS[kept_for])


def check_retention(**_: Any) -> list[checks.CheckMessage]:
    """Events are kept long enough to be of use to whoever asks later."""
    return [
        checks.Error(
            f"Events of the class {kept_for} would be kept {days_of(kept_for)} days.",
            hint=f"Keep them {FLOOR_DAYS} days or longer, or 0 for good, with "
            f"AUDIT_RETENTION_{kept_for.upper()}_DAYS.",
            id="audit.E001",
        )
        for kept_for in EventClass
        if days_of(kept_for) and days_of(kept_for) < FLOOR_DAYS
    ]


def retire(actor: Actor, tenant: Subject, *, dry_run: bool = False) -> list[Retired]:
    """Retire the tenant's events that are due, in the scope of that tenant, class by class.

    Due is what was sealed longer ago than its class is kept, and is covered by a checkpoint. A row
    that does not match its seal is left as it is, and told of: it is evidence of tampering.
    """
    known = checkpoint.latest()
    found = []
    for kept_for in EventClass:
        days = days_of(kept_for)
        last = _last_seal(before=timezone.now() - timedelta(days=days)) if days else 0
        covered = min(last, known.body["seal"]) if known else 0
        count = 0
        for batch in _due(tenant.tenant_id, kept_for, covered):
            count += len(batch)
            if not dry_run:
                _retire(actor, tenant, kept_for, days, batch)
        if count:
            found.append(Retired(kept_for=kept_for, days=days, events=count))
    return found


def _last_seal(*, before: datetime) -> int:
    """Seals are made one after another, so all up to this one are older."""
    seal = Seal.objects.filter(sealed_at__lt=before).order_by("-number").first()
    return seal.number if seal else 0


def _due(tenant_id: UUID, kept_for: EventClass, last_seal: int) -> Iterator[list[int]]:
    actions = [action.value for action in Action if class_of(action) is kept_for]
    after = 0
    while last_seal:
        with connection.cursor() as cursor:
            cursor.execute(DUE, [tenant_id, actions, last_seal, after, BATCH])
            found = cursor.fetchall()
        if not found:
            return
        after = found[-1][0]
        whole = [row[0] for row in found if rows.leaf_hash(row[:-1]) == bytes(row[-1])]
        if len(whole) < len(found):
            changed = sorted({row[0] for row in found} - set(whole))
            log.critical("events that were changed are not retired", extra={"events": changed})
        if whole:
            yield whole


def _retire(
    actor: Actor, tenant: Subject, kept_for: EventClass, days: int, seqs: list[int]
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(RETIRE, [seqs])
    record(
        actor,
        Action.AUDIT_RETIRED,
        tenant,
        kept_for=kept_for.value,
        days=days,
        events=seqs,
        left=root_of_left(seqs).hex(),
    )
