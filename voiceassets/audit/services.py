"""Puts decisions on record: `record` one, or `transition` a row's state and record that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Protocol, TypeVar

from django.db import connection

from voiceassets.audit.actions import Action
from voiceassets.audit.models import Event
from voiceassets.core.context import Actor, request_id
from voiceassets.core.models import TenantOwned
from voiceassets.core.statements import insert
from voiceassets.core.states import Transitions, require_transition
from voiceassets.core.tracing import trace_id


class HasStates(Protocol):
    TRANSITIONS: ClassVar[Transitions]
    state: str


R = TypeVar("R", bound=TenantOwned)


class Subject(Protocol):
    """What an event can be about: a row of a tenant, or the tenant itself."""

    @property
    def tenant_id(self) -> Any: ...
    @property
    def public_id(self) -> str: ...
    @property
    def _meta(self) -> Any: ...


def record(actor: Actor, action: Action, subject: Subject, **data: Any) -> Event:
    """One event about `subject`, in the caller's transaction: both commit or neither.

    Raises:
        TypeError: `data` holds something that is not an id, a word, a count or a truth value.
    """
    event = event_of(actor, action, subject, **data)
    insert(event)
    return event


def event_of(actor: Actor, action: Action, subject: Subject, **data: Any) -> Event:
    """What `record` writes, for callers that `insert` it together with what it is about."""
    if not connection.in_atomic_block:
        raise RuntimeError("An event belongs inside the transaction of what it records.")
    _require_plain(data, "data")
    return Event(
        tenant_id=subject.tenant_id,
        action=action,
        actor_kind=actor.kind,
        actor_id=actor.id,
        object_type=subject._meta.model_name,
        object_id=subject.public_id,
        data=data,
        request_id=request_id.get(),
        trace_id=trace_id(),
    )


def transition(
    actor: Actor,
    row: R,
    *,
    to: str,
    action: Action,
    note: Mapping[str, Any] | None = None,
    **changes: Any,
) -> R:
    """Lock `row`, check its room's state table, save the new state and `changes`, record it.

    The event holds the state before and after, and `note`; `changes` are columns and stay out of
    the log. Returns the locked, saved row: use it instead of the one passed in.

    Raises:
        IllegalTransition: the state table does not allow the move.
    """
    locked: Any = type(row)._default_manager.select_for_update().get(pk=row.pk)
    before = locked.state
    require_transition(locked.TRANSITIONS, noun=locked._meta.verbose_name, before=before, after=to)
    locked.state = to
    for name, value in changes.items():
        setattr(locked, name, value)
    locked.save(update_fields=["state", *changes])
    record(actor, action, locked, before=before, after=to, **(note or {}))
    fresh: R = locked
    return fresh


def _require_plain(value: object, where: str) -> None:
    if isinstance(value, dict):
        for key, inner in value.items():
            _require_plain(inner, f"{where}.{key}")
    elif isinstance(value, list | tuple):
        for inner in value:
            _require_plain(inner, where)
    elif value is not None and not isinstance(value, str | int | bool):
        raise TypeError(f"audit {where} is a {type(value).__name__}; use ids, words and counts")
