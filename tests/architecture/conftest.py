"""Two tenants that stay for these tests; what one of them does is undone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.db import transaction
from pytest_django.plugin import DjangoDbBlocker

if TYPE_CHECKING:
    from tests.architecture.world import World


@dataclass(frozen=True, kw_only=True)
class Worlds:
    acme: World
    rival: World


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="session", autouse=True)
def static_folder() -> None:
    """What `collectstatic` would have made; without it the static middleware warns."""
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)


@pytest.fixture(scope="package")
def kept_worlds(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Worlds]:
    from tests.architecture.world import make_world  # needs every room

    with django_db_blocker.unblock(), undone():
        yield Worlds(acme=make_world("acme"), rival=make_world("rival"))


@pytest.fixture
def worlds(kept_worlds: Worlds) -> Iterator[Worlds]:
    with undone():
        yield kept_worlds
