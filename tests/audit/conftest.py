"""The log the audit tests write to and tamper with."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings as django_settings
from pytest_django import Settings

from tests.audit.ledger import Ledger
from tests.factories import Cast
from voiceassets.runtime.testing import PrivateServers


@pytest.fixture
def ledger(
    cast: Cast, private_servers: PrivateServers, tmp_path: Path, settings: Settings
) -> Ledger:
    settings.AUDIT_CHECKPOINT_DIR = tmp_path / "checkpoints"
    settings.AUDIT_KEY_FILE = tmp_path / "key.pem"
    return Ledger(cast=cast, servers=private_servers, folder=settings.AUDIT_CHECKPOINT_DIR)


@pytest.fixture(scope="session", autouse=True)
def static_folder() -> None:
    """What `collectstatic` would have made; without it the static middleware warns."""
    Path(django_settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
