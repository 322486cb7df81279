"""Who is acting, for which tenant, in which request: the scope every query runs in."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.db import connection, transaction


class ActorKind(StrEnum):
    USER = "user"
    API_KEY = "api_key"
    WORKER = "worker"
    SYSTEM = "system"


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who does something: what they may do has been settled when they were authenticated.

    `user_id` is the person or service account behind a key; four-eyes rules compare it. `voices`
    are the only ones that the actor may know of, where its key names some; a key is `narrowed`
    when anything but its scopes sets it below its member. `unlimited` says that neither the key nor
    its company had a limit of characters or requests when it was authenticated.
    """

    kind: ActorKind
    id: str
    tenant_id: uuid.UUID | None
    user_id: uuid.UUID | None = None
    permissions: frozenset[str] = field(default_factory=frozenset)
    all_voices: bool = False
    voices: frozenset[uuid.UUID] | None = None
    narrowed: bool = False
    unlimited: bool = False


@dataclass(frozen=True, kw_only=True)
class Scope:
    """The tenant whose rows are visible, or the whole platform when `tenant_id` is None."""

    tenant_id: uuid.UUID | None


class NoScope(RuntimeError):
    """A tenant's table was queried outside a scope: a programming error."""


_scope: ContextVar[Scope | None] = ContextVar("voiceassets_scope", default=None)
request_id: ContextVar[str] = ContextVar("voiceassets_request_id", default="")


def current_scope() -> Scope:
    scope = _scope.get()
    if scope is None:
        raise NoScope("Open tenant_scope(tenant_id) before touching a tenant's rows.")
    return scope


def current_tenant() -> uuid.UUID:
    """The tenant new rows belong to; raises `NoScope` outside one tenant's scope."""
    tenant_id = current_scope().tenant_id
    if tenant_id is None:
        raise NoScope("This belongs to one tenant: open tenant_scope(tenant_id), not the platform.")
    return tenant_id


@contextmanager
def tenant_scope(tenant_id: uuid.UUID) -> Iterator[None]:
    """One transaction that sees and writes only this tenant's rows (manager and row security)."""
    with _transaction_scope(Scope(tenant_id=tenant_id)):
        yield


@contextmanager
def platform_scope() -> Iterator[None]:
    """One transaction across tenants, for the few tables that allow it: sealing, sweeps, keys."""
    with _transaction_scope(Scope(tenant_id=None)):
        yield


@contextmanager
def platform_glance() -> Iterator[None]:
    """A platform scope for one statement: it goes out alone, and is its own transaction."""
    scope = Scope(tenant_id=None)
    with _within(scope), connection.execute_wrapper(_Announcement(scope)):
        yield


@contextmanager
def _transaction_scope(scope: Scope) -> Iterator[None]:
    outer = _scope.get()
    if outer == scope:
        with transaction.atomic():
            yield
        return
    with _within(scope), transaction.atomic(), connection.execute_wrapper(_Announcement(scope)):
        yield


@contextmanager
def _within(scope: Scope) -> Iterator[None]:
    if _scope.get() is not None:
        raise NoScope("A scope is already open; close it before opening another.")
    token = _scope.set(scope)
    try:
        yield
    finally:
        _scope.reset(token)


class _Announcement:
    """Tells row-level security, in front of the first statement of a transaction.

    Both settings end with it. Until they are sent no tenant's row is visible or can be written.
    """

    def __init__(self, scope: Scope) -> None:
        tenant = str(uuid.UUID(str(scope.tenant_id))) if scope.tenant_id else ""
        reach = "tenant" if scope.tenant_id else "platform"
        self._unsaid = (
            f"SELECT set_config('app.tenant_id', '{tenant}', true),"
            f" set_config('app.reach', '{reach}', true);"
        )

    def __call__(
        self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any
    ) -> Any:
        announcement, self._unsaid = self._unsaid, ""
        # A cursor of the server's own (`iterator()`) declares one statement, and only one.
        alone = isinstance(sql, str) and not many and context["cursor"].name is None
        if announcement and alone:
            sql = f"{announcement} {sql}"
        elif announcement:
            with connection.cursor() as cursor:
                cursor.execute(announcement)
        return execute(sql, params, many, context)
