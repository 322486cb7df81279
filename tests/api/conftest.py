"""What every test of the REST door needs: a client per person."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from tests.factories import Person

As = Callable[[Person], Client]


@pytest.fixture(scope="session", autouse=True)
def static_folder() -> Path:
    """What `collectstatic` would have made; without it the static middleware warns."""
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    return Path(settings.STATIC_ROOT)


@pytest.fixture
def client_of() -> As:
    """A client that shows a person's key."""
    return lambda person: Client(headers=person.headers)
