"""What every test of the REST door needs: a client per person."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from tests.api.workers import Workers
from tests.factories import Cast, Person, make_voice
from voiceassets.jobs import wakeup
from voiceassets.speakers.models import Speaker

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


@pytest.fixture
def workers(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workers]:
    found = Workers(cast)
    monkeypatch.setattr(wakeup, "send", found.wake)
    yield found
    for thread in found.threads:
        thread.join()
    found.broker.close()


@pytest.fixture
def voice(cast: Cast) -> Speaker:
    return make_voice(cast)[0]


@pytest.fixture
def alice(cast: Cast, voice: Speaker, workers: Workers, client_of: As) -> Client:
    """Alice's client, once the voice stands and the workers listen."""
    return client_of(cast.alice)
