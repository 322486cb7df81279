"""Approved voices are loaded before anybody asks; a revoked one does not stay where it was used."""

from __future__ import annotations

from pathlib import Path
from threading import Thread
from uuid import uuid4

import pytest
from django.conf import LazySettings

from synthesis.bundles.bundle import VoiceBundle
from synthesis.engine import Engine
from tests.factories import Cast, make_file, make_voice
from tests.synthesis.conftest import furnish
from tests.workers.things import deliver
from voiceassets.consent import services as consents
from voiceassets.registry.models import ModelVersion
from voiceassets.storage import services as storage
from voiceassets.storage.models import Purpose
from voiceassets.workers import bundles, engine_host, unpacked

pytestmark = pytest.mark.django_db


def put_at_hand(version: ModelVersion, folder: Path) -> Path:
    """What unpacking leaves; reading the weights is the engine's business."""
    bundle = folder / version.bundle_hash
    bundle.mkdir(parents=True)
    (bundle / "weights").write_bytes(b"her voice")
    unpacked.note_owner(version.bundle_hash, version.tenant_id, version.pk)
    return bundle


def test_whoever_looks_for_withdrawn_voices_never_reads_half_a_note(
    settings: LazySettings, tmp_path: Path
) -> None:
    settings.WORK_DIR = tmp_path
    tenant_id, versions = uuid4(), (uuid4(), uuid4())
    notes = [[], *([(tenant_id, version_id, "a" * 64)] for version_id in versions)]

    def open_again_and_again() -> None:
        for _ in range(100):
            for version_id in versions:
                unpacked.note_owner("a" * 64, tenant_id, version_id)

    opening = Thread(target=open_again_and_again)
    opening.start()
    while opening.is_alive():
        assert list(unpacked.owners()) in notes
    opening.join()
    unpacked.remove("a" * 64)
    assert list((tmp_path / "bundles").iterdir()) == []


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


def test_approved_voices_are_loaded_before_they_are_asked_for(
    cast: Cast, settings: LazySettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WORK_DIR = tmp_path / "work"
    voice = furnish(tmp_path / "base").write(tmp_path / "voice")
    archive = bundles._pack(voice.sealed.folder, tmp_path / "bundle.tar")
    stored, written = make_file(cast.alice.tenant, archive.read_bytes(), purpose=Purpose.BUNDLE)
    make_voice(cast)
    make_voice(cast, name="Other")
    with cast.alice.scope():
        storage.make_live(stored, written)
        sound, _damaged = ModelVersion.objects.order_by("pk")
        ModelVersion.objects.filter(pk=sound.pk).update(bundle=stored, bundle_hash=voice.sha256)
        sound.refresh_from_db()
    engine = Engine()
    monkeypatch.setattr(engine_host, "_engine", lambda: engine)
    assert engine_host.preload() == [voice.sha256]
    assert list(engine.voices.held()) == [voice.sha256]
    verified = []
    monkeypatch.setattr(VoiceBundle, "open", lambda folder: verified.append(folder) or voice)
    for held in (True, False):
        with cast.alice.scope():
            engine_host.open_bundle(sound, aside=tmp_path / "aside")
        assert len(verified) == (0 if held else 1)
        engine.voices.evict(voice.sha256)
    settings.ENGINE_PRELOAD = 0
    assert engine_host.preload() == []
