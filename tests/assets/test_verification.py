"""A file that somebody brings is known by its bytes, its samples or its label, in that order."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.factories import Cast, Person, make_request, make_voice, worker_of
from voiceassets.assets import services
from voiceassets.assets.models import Asset
from voiceassets.assets.verification import Finding, identify
from voiceassets.audit.models import Event
from voiceassets.consent import services as consents
from voiceassets.core.context import tenant_scope
from voiceassets.provenance import services as provenance
from voiceassets.provenance.encode import AudioFormat, encode
from voiceassets.provenance.examine import examine
from voiceassets.provenance.label import Label
from voiceassets.speakers.models import Speaker
from voiceassets.storage import services as storage
from voiceassets.storage.models import Purpose

pytestmark = pytest.mark.django_db

RATE_HZ = 16_000


def speech(seed: int = 0) -> NDArray[np.float32]:
    """Four seconds of a voice-like sound that no other seed has: harmonics that come and go."""
    chance = np.random.default_rng(seed)
    pieces = []
    for _ in range(20):
        time_s = np.arange(RATE_HZ // 5) / RATE_HZ
        pitch_hz, strengths = chance.uniform(90, 220), chance.uniform(0, 1, 16)
        tones = [
            strength * np.sin(2 * np.pi * pitch_hz * number * time_s)
            for number, strength in enumerate(strengths, start=1)
        ]
        pieces.append(np.sum(tones, axis=0) * np.hanning(len(time_s)) / 16)
    return (0.6 * np.concatenate(pieces)).astype(np.float32)


def make_spoken(cast: Cast, speaker: Speaker, folder: Path) -> tuple[Asset, Path]:
    """An asset made as a worker makes it, and its file."""
    request, tenant = make_request(cast.bob, speaker), cast.bob.tenant
    path = folder / "speech.wav"
    produced = provenance.produce(
        path, pcm=speech(), sample_rate_hz=RATE_HZ, produce_id=request.asset.public_id
    )
    stored, written = storage.store_file(
        tenant.pk, path, purpose=Purpose.AUDIO, content_type="audio/wav", created_by="tests"
    )
    with tenant_scope(tenant.pk):
        manifest = provenance.keep(
            produced, stored=stored, written=written, pcm_sha256=produced.pcm_sha256
        )
        spoken = services.Spoken(
            duration_ms=4000, sample_rate_hz=RATE_HZ, pcm_sha256=produced.pcm_sha256, seed=7
        )
        asset = services.release(
            worker_of(tenant),
            asset=request.asset,
            stored=stored,
            written=written,
            manifest=manifest,
            spoken=spoken,
        )
    return asset, path


def found(person: Person, path: Path) -> Finding:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    examined = examine(path)
    with person.scope() as actor:
        return identify(actor, examined, file_sha256=digest)


def test_a_file_is_found_however_much_of_it_is_left(cast: Cast, tmp_path: Path) -> None:
    speaker, consent = make_voice(cast)
    asset, path = make_spoken(cast, speaker, tmp_path)
    whole = found(cast.bob, path)
    assert (whole.basis, whole.asset, whole.rights) == ("file", asset, "consent_in_force")
    assert whole.examined.label is not None
    assert whole.examined.label.produce_id == asset.public_id
    assert {edge.role for edge in whole.lineage} >= {"spoken_by", "permitted_by", "trained_on"}

    stripped = tmp_path / "stripped.flac"
    pcm_s = np.rint(speech() * 32768).astype(np.int16)
    encode(pcm_s, sample_rate_hz=RATE_HZ, path=stripped, format=AudioFormat.FLAC)
    bare = found(cast.bob, stripped)
    assert (bare.basis, bare.asset, bare.examined.label) == ("samples", asset, None)

    transcoded = tmp_path / "copy.mp3"
    encode(pcm_s[RATE_HZ // 2 :], sample_rate_hz=RATE_HZ, path=transcoded, format=AudioFormat.MP3)
    again = found(cast.bob, transcoded)
    assert (again.basis, again.asset, again.ai_generated) == ("sound", asset, True)

    other = tmp_path / "other.mp3"
    other_s = np.rint(speech(1) * 32768).astype(np.int16)
    encode(other_s, sample_rate_hz=RATE_HZ, path=other, format=AudioFormat.MP3)
    assert found(cast.bob, other).basis == "nothing"
    provenance.label(other, Label.first(producer="voice-assets", produce_id=asset.public_id))
    claimed = found(cast.bob, other)
    assert (claimed.basis, claimed.asset) == ("label", asset)

    with cast.alice.scope() as alice:
        consents.revoke(alice, consent=consent, reason="She left.")
    assert found(cast.bob, path).rights == "consent_revoked"


def test_another_tenant_learns_the_label_and_nothing_else(cast: Cast, tmp_path: Path) -> None:
    speaker, _ = make_voice(cast)
    _, path = make_spoken(cast, speaker, tmp_path)
    said = found(cast.mallory, path)
    assert (said.basis, said.asset, said.rights, said.lineage) == ("nothing", None, "", ())
    assert said.ai_generated, "its label says so to everybody"
    with cast.mallory.scope():
        assert Event.objects.filter(action="file.verified").count() == 1


def test_what_is_no_audio_is_an_answer_and_not_an_error(cast: Cast, tmp_path: Path) -> None:
    path = tmp_path / "noise.bin"
    for content in (b"", b"RIFF\xff\xff\xff\xffWAVEfmt ", b"\x00\x00\x00\x20ftypM4A " + bytes(64)):
        path.write_bytes(content)
        said = found(cast.bob, path)
        assert (said.ai_generated, said.basis) == (False, "nothing")
        assert said.examined.problem
