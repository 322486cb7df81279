"""Hands sealed events, in order and at least once, to what must follow from them."""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import Q

from voiceassets.audit.models import Cursor, Event, Leaf
from voiceassets.core.context import platform_scope

BATCH = 500


def deliver(name: str, handle: Callable[[Event], None], *, actions: frozenset[str]) -> int:
    """Call `handle` for each event of `actions` sealed since the last call under this `name`.

    Seals give the log a gapless order, so no event whose transaction commits late is missed.
    The place is stored after each event: a crash repeats one, so `handle` must bear that.
    """
    delivered = 0
    with platform_scope():
        cursor, _ = Cursor.objects.get_or_create(name=name)
        unread = Q(seal_id__gt=cursor.seal) | Q(seal_id=cursor.seal, position__gt=cursor.position)
        leaves = list(
            Leaf.objects.filter(unread)
            .order_by("seal_id", "position")
            .values_list("seal_id", "position", "event_seq")[:BATCH]
        )
        events = {
            event.seq: event
            for event in Event.objects.filter(
                seq__in=[seq for *_, seq in leaves], action__in=actions
            )
        }
    for seal, position, seq in leaves:
        if seq in events:
            handle(events[seq])
            delivered += 1
            _advance(name, seal, position)
    if leaves:
        _advance(name, leaves[-1][0], leaves[-1][1])
    return delivered


def _advance(name: str, seal: int, position: int) -> None:
    with platform_scope():
        Cursor.objects.filter(name=name).update(seal=seal, position=position)
