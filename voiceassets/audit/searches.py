"""Searches of the log that an auditor keeps under a name, for everybody who may read it."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from voiceassets.audit import selectors
from voiceassets.audit.actions import Action
from voiceassets.audit.models import Event, SavedSearch
from voiceassets.audit.services import record
from voiceassets.core.context import Actor, current_tenant
from voiceassets.core.errors import Conflict, Invalid, NotFound

FILTERS = ("action", "object_id", "actor_id", "trace_id")
SPAN = ("since", "until")


@transaction.atomic
def save(actor: Actor, *, name: str, **filters: Any) -> SavedSearch:
    """Keep a search; `filters` are those of `FILTERS` and `SPAN`, and one left out asks nothing.

    Raises:
        Conflict: there is a search of this name.
    """
    search = SavedSearch(tenant_id=current_tenant(), name=name, **filters)
    _keep(search)
    record(actor, Action.SEARCH_CREATED, search)
    return search


@transaction.atomic
def change(actor: Actor, *, search: SavedSearch, **changes: Any) -> SavedSearch:
    """Change its name, or what it asks for.

    Raises:
        Conflict: there is another search of this name.
    """
    locked = _locked(search)
    for field, value in changes.items():
        setattr(locked, field, value)
    _keep(locked)
    record(actor, Action.SEARCH_CHANGED, locked, fields=sorted(changes))
    return locked


@transaction.atomic
def delete(actor: Actor, *, search: SavedSearch) -> None:
    """Remove it; the log itself stays as it is."""
    locked = _locked(search)
    record(actor, Action.SEARCH_DELETED, locked)
    locked.delete()


def events_of(search: SavedSearch) -> QuerySet[Event]:
    """The events it finds now, newest first."""
    return selectors.events(**{name: getattr(search, name) for name in FILTERS})


def span_of(search: SavedSearch) -> dict[str, Any]:
    """From and until when, as the query of a list has them."""
    return {name: getattr(search, name) for name in SPAN if getattr(search, name) is not None}


def _locked(search: SavedSearch) -> SavedSearch:
    found = SavedSearch.objects.select_for_update().filter(pk=search.pk).first()
    if found is None:
        raise NotFound("There is no such saved search.")
    return found


def _keep(search: SavedSearch) -> None:
    if not search.name.strip():
        raise Invalid("Give the search a name.", field="name")
    if search.since and search.until and search.since >= search.until:
        raise Invalid("A search begins before it ends.", field="until")
    try:
        with transaction.atomic():
            search.save()
    except IntegrityError as error:
        raise Conflict(f"There is a search named {search.name} already.", code="taken") from error
