"""The environment variables by which the embedded stack tells the platform where everything is."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from voiceassets.runtime.layout import Layout
from voiceassets.runtime.roles import APP, OWNER, dsn
from voiceassets.runtime.secret_files import secret

DEFAULT_PORT = 8000


def public_url(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def stack_environment(layout: Layout, *, port: int = DEFAULT_PORT) -> dict[str, str]:
    """What `voiceassets.settings` reads, for the stack of this `var`.

    Passwords are generated when missing, so the values can be known before a server runs.
    """
    socket = layout.redis_socket
    return {
        "DATABASE_URL": dsn(layout, APP),
        "DATABASE_OWNER_URL": dsn(layout, OWNER),
        "REDIS_URL": f"unix://{socket}",
        "CELERY_BROKER_URL": f"redis+socket://{socket}",
        "VOICEASSETS_VAR": str(layout.var),
        "VOICEASSETS_SECRET_KEY": secret(layout, "django"),
        "VOICEASSETS_PUBLIC_URL": public_url(port),
        "DJANGO_SETTINGS_MODULE": "voiceassets.settings",
        "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS") or str(_threads_per_process()),
    }


def with_stack(layout: Layout, *, port: int = DEFAULT_PORT) -> dict[str, str]:
    """The caller's own environment, with the stack's values taking precedence."""
    return {**os.environ, **stack_environment(layout, port=port)}


def adopt_embedded_stack(var: Path) -> None:
    """Lets a command started by hand talk to the stack under `var`.

    Whoever has set DATABASE_URL means another database, and nothing is changed.
    """
    if "DATABASE_URL" not in os.environ:
        layout = Layout.at(var)
        layout.prepare()
        _set_missing(stack_environment(layout))


def _set_missing(values: Mapping[str, str]) -> None:
    for name, value in values.items():
        os.environ.setdefault(name, value)


def _threads_per_process() -> int:
    """Half of the processor cores: the training and the interactive worker run side by side."""
    return max(1, len(os.sched_getaffinity(0)) // 2)
