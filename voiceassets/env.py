"""Typed readers of environment variables that fail loudly when a value is missing or malformed."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

T = TypeVar("T")

# Of libpq: how long a connection may take, and how soon one to a dead server is noticed. What the
# URL says comes before it.
PATIENCE = {
    "connect_timeout": "5",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "40000",
}

TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off"})


def _read(name: str, default: T | None, parse: Callable[[str], T]) -> T:
    raw = os.environ.get(name)
    if raw is None or raw == "":
        if default is None:
            raise ImproperlyConfigured(f"Set the environment variable {name}.")
        return default
    try:
        return parse(raw)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}={raw!r}: {error}") from error


def text(name: str, default: str | None = None) -> str:
    return _read(name, default, str)


def integer(name: str, default: int | None = None) -> int:
    return _read(name, default, int)


def boolean(name: str, default: bool | None = None) -> bool:
    return _read(name, default, _boolean)


def words(name: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
    """A comma-separated list; blanks around items are dropped."""
    return _read(name, default, lambda raw: tuple(w.strip() for w in raw.split(",") if w.strip()))


def one_of(name: str, choices: tuple[str, ...], default: str | None = None) -> str:
    def known(raw: str) -> str:
        if raw not in choices:
            raise ValueError(f"choose one of {', '.join(choices)}")
        return raw

    return _read(name, default, known)


def database(name: str, default: str | None = None) -> dict[str, Any]:
    """A Django DATABASES entry from `postgres://user:password@host:port/name?host=/socket/dir`."""
    return _read(name, None if default is None else _database(default), _database)


def _boolean(raw: str) -> bool:
    lowered = raw.strip().lower()
    if lowered in TRUE:
        return True
    if lowered in FALSE:
        return False
    raise ValueError("write true or false")


def _database(raw: str) -> dict[str, Any]:
    url = urlsplit(raw)
    if url.scheme not in {"postgres", "postgresql"}:
        raise ValueError("only PostgreSQL is supported; the URL starts with postgres://")
    query = {key: values[-1] for key, values in parse_qs(url.query).items()}
    return {
        "ENGINE": "voiceassets.core.postgres",
        "NAME": url.path.lstrip("/"),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": query.pop("host", unquote(url.hostname or "")),
        "PORT": str(url.port or query.pop("port", "")),
        "OPTIONS": PATIENCE | query,
    }
