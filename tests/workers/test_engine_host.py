"""Weights of a revoked version do not stay where they were used."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import LazySettings

from tests.factories import Cast, make_voice
from tests.workers.things import deliver
from voiceassets.consent import services as consents
from voiceassets.registry.models import ModelVersion
from voiceassets.workers import engine_host

pytestmark = pytest.mark.django_db


def put_at_hand(version: ModelVersion, folder: Path) -> Path:
    """What unpacking leaves; reading the weights is the engine's business."""
    bundle = folder / version.bundle_hash
    bundle.mkdir(parents=True)
    (bundle / "weights").write_bytes(b"her voice")
    bundle.with_suffix(engine_host.OWNER).write_text(f"{version.tenant_id} {version.pk}")
    return bundle


def test_only_the_revoked_voice_is_dropped(
    cast: Cast, settings: LazySettings, tmp_path: Path
) -> None:
    settings.WORK_DIR = tmp_path
    _, consent = make_voice(cast)
    make_voice(cast, name="Other")
    with cast.alice.scope() as alice:
        gone, stays = ModelVersion.objects.order_by("pk")
        ModelVersion.objects.filter(pk=stays.pk).update(bundle_hash="f" * 64)
        stays.refresh_from_db()
        bundles = [put_at_hand(version, tmp_path / "bundles") for version in (gone, stays)]
        consents.revoke(alice, consent=consent, reason="She left.")
    assert engine_host.forget_withdrawn() == []
    deliver()
    assert engine_host.forget_withdrawn() == [gone.bundle_hash]
    assert [bundle.exists() for bundle in bundles] == [False, True]
    assert engine_host.forget_withdrawn() == []
