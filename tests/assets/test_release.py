"""Releasing, refusing, downloading and withdrawing audio."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from tests.factories import (
    OPERATOR,
    Cast,
    make_approved,
    make_asset,
    make_consent,
    make_file,
    make_request,
    make_speaker,
    make_voice,
    release_request,
    worker_of,
)
from voiceassets.assets import services
from voiceassets.assets.models import Asset
from voiceassets.audit.models import Event
from voiceassets.consent import services as consents
from voiceassets.consent.gate import ConsentRefused
from voiceassets.consent.models import ConsentRecord
from voiceassets.core.errors import Conflict, NotAllowed
from voiceassets.core.states import IllegalTransition
from voiceassets.jobs.models import Job
from voiceassets.provenance.models import Manifest
from voiceassets.registry import services as registry
from voiceassets.registry.gate import VersionRefused
from voiceassets.storage.models import Purpose, StoredObject

pytestmark = pytest.mark.django_db


def revoke(cast: Cast, consent: ConsentRecord) -> ConsentRecord:
    with cast.alice.scope() as alice:
        return consents.revoke(alice, consent=consent, reason="She left.")


def reread(cast: Cast, asset: Asset) -> Asset:
    with cast.alice.scope():
        return Asset.objects.select_related("object").get(pk=asset.pk)


def events(cast: Cast, asset: Asset) -> list[str]:
    with cast.alice.scope():
        return list(
            Event.objects.filter(object_id=asset.public_id)
            .order_by("seq")
            .values_list("action", flat=True)
        )


def test_released_audio_has_its_file_its_marks_and_its_consent(cast: Cast) -> None:
    speaker, consent = make_voice(cast)
    asset = make_asset(cast.bob, speaker)
    stored = reread(cast, asset)
    assert (stored.state, stored.consent_id) == ("released", consent.pk)
    assert stored.object is not None
    assert stored.object.state == "live"
    assert (stored.duration_ms, stored.sample_rate_hz, stored.seed) == (1200, 32_000, 7)
    assert events(cast, asset) == ["asset.released"]


def test_a_revocation_before_the_release_keeps_it_back_whole(cast: Cast) -> None:
    speaker, consent = make_voice(cast)
    request = make_request(cast.bob, speaker)
    revoke(cast, consent)
    with pytest.raises(ConsentRefused) as refusal:
        release_request(cast.bob.tenant, request)
    with cast.bob.scope():
        asset = Asset.objects.get(request=request)
        assert asset.state == "generating"
        assert not Manifest.objects.exists()
        assert not StoredObject.objects.filter(purpose="audio", state="live").exists()
        refused = services.refuse(worker_of(cast.bob.tenant), asset=asset, code=refusal.value.code)
    assert (refused.state, refused.reason) == ("refused", "consent_revoked")
    assert events(cast, asset) == ["synthesis.refused"]


def test_a_version_retired_meanwhile_keeps_it_back(cast: Cast) -> None:
    speaker, _ = make_voice(cast)
    request = make_request(cast.bob, speaker)
    with cast.dora.scope() as dora:
        registry.retire(dora, version=request.version)
    with pytest.raises(VersionRefused):
        release_request(cast.bob.tenant, request)


def test_a_term_that_ended_meanwhile_keeps_it_back(cast: Cast) -> None:
    speaker, consent = make_voice(cast)
    request = make_request(cast.bob, speaker)
    with cast.alice.scope():
        now = datetime.now(UTC)
        ConsentRecord.objects.filter(pk=consent.pk).update(
            valid_from=now - timedelta(days=2), valid_until=now - timedelta(days=1)
        )
    with pytest.raises(ConsentRefused) as refusal:
        release_request(cast.bob.tenant, request)
    assert refusal.value.code == "consent_expired"


def test_a_renewed_consent_carries_what_was_asked_for_under_the_old_one(cast: Cast) -> None:
    speaker, consent = make_voice(cast)
    request = make_request(cast.bob, speaker)
    with cast.alice.scope():
        now = datetime.now(UTC)
        ConsentRecord.objects.filter(pk=consent.pk).update(
            valid_from=now - timedelta(days=2), valid_until=now - timedelta(hours=1)
        )
    renewed = make_consent(cast.alice, speaker)
    assert release_request(cast.bob.tenant, request).consent_id == renewed.pk


def test_an_asset_is_released_once(cast: Cast) -> None:
    speaker, _ = make_voice(cast)
    request = make_request(cast.bob, speaker)
    release_request(cast.bob.tenant, request)
    with cast.bob.scope():
        asset = Asset.objects.get(request=request)
        manifest = Manifest.objects.select_related("object").get(object=asset.object)
    _, written = make_file(cast.bob.tenant, purpose=Purpose.AUDIO)
    with cast.bob.scope(), pytest.raises(IllegalTransition):
        services.release(
            worker_of(cast.bob.tenant),
            asset=asset,
            stored=manifest.object,
            written=written,
            manifest=manifest,
            spoken=services.Spoken(
                duration_ms=1, sample_rate_hz=1, pcm_sha256=asset.pcm_sha256, seed=0
            ),
        )


@pytest.mark.parametrize("wrong", ["file", "samples"])
def test_marks_of_another_file_do_not_release_this_one(cast: Cast, wrong: str) -> None:
    speaker, _ = make_voice(cast)
    request = make_request(cast.bob, speaker)
    stored, written = make_file(cast.bob.tenant, b"audio", purpose=Purpose.AUDIO)
    pcm = "a" * 64
    spoken = services.Spoken(duration_ms=1, sample_rate_hz=1, pcm_sha256=pcm, seed=0)
    with cast.bob.scope():
        manifest = Manifest.objects.create(
            tenant=cast.bob.tenant,
            object=stored,
            file_sha256=written.sha256 if wrong == "samples" else "b" * 64,
            pcm_sha256=pcm,
            produce_id="1",
            labels={"implicit": {}},
            produced_at=datetime.now(UTC),
        )
        if wrong == "samples":
            spoken = dataclasses.replace(spoken, pcm_sha256="c" * 64)
        with pytest.raises(Conflict) as refusal:
            services.release(
                worker_of(cast.bob.tenant),
                asset=request.asset,
                stored=stored,
                written=written,
                manifest=manifest,
                spoken=spoken,
            )
    assert refusal.value.code == "manifest_mismatch"


@pytest.mark.parametrize("column", ["manifest", "object", "consent", "released_at"])
def test_the_database_releases_nothing_without_its_marks(cast: Cast, column: str) -> None:
    speaker, _ = make_voice(cast)
    asset = make_asset(cast.bob, speaker)
    with (
        cast.bob.scope(),
        pytest.raises(IntegrityError, match="assets_released_needs_manifest"),
        transaction.atomic(),
    ):
        Asset.objects.filter(pk=asset.pk).update(**{column: None})


def test_ending_an_asset_twice_is_harmless_and_recorded_once(cast: Cast) -> None:
    speaker, _ = make_voice(cast)
    request = make_request(cast.bob, speaker)
    worker = worker_of(cast.bob.tenant)
    with cast.bob.scope():
        asset = Asset.objects.get(request=request)
        services.abandon(worker, asset=asset, code="cancelled")
        assert services.refuse(worker, asset=asset, code="consent_revoked").state == "failed"
        assert services.abandon(worker, asset=asset, code="poison").reason == "cancelled"
    assert events(cast, asset) == ["asset.failed"]


def test_a_download_is_recorded_with_who_took_it(cast: Cast) -> None:
    speaker, _ = make_voice(cast)
    asset = make_asset(cast.bob, speaker)
    with cast.bob.scope() as bob:
        stored = services.download(bob, asset=asset)
        (event,) = Event.objects.filter(action="asset.downloaded")
    assert event.actor_id == cast.bob.actor.id
    assert event.data == {"speaker": speaker.public_id, "sha256": stored.sha256}


def test_nothing_is_downloaded_after_a_revocation_even_before_the_cascade(cast: Cast) -> None:
    speaker, consent = make_voice(cast)
    asset = make_asset(cast.bob, speaker)
    revoke(cast, consent)
    with cast.bob.scope() as bob:
        with pytest.raises(ConsentRefused):
            services.download(bob, asset=asset)
        assert not Event.objects.filter(action="asset.downloaded").exists()


def test_what_is_not_released_is_not_downloaded(cast: Cast) -> None:
    speaker, _ = make_voice(cast)
    request = make_request(cast.bob, speaker)
    with cast.bob.scope() as bob, pytest.raises(Conflict) as refusal:
        services.download(bob, asset=request.asset)
    assert refusal.value.code == "not_released"


def test_an_auditor_reads_about_audio_and_does_not_take_it(cast: Cast) -> None:
    speaker, _ = make_voice(cast)
    asset = make_asset(cast.bob, speaker)
    with cast.carol.scope() as carol, pytest.raises(NotAllowed):
        services.download(carol, asset=asset)


def test_deleting_erases_the_sound_and_keeps_the_record(cast: Cast) -> None:
    speaker, _ = make_voice(cast)
    asset = make_asset(cast.bob, speaker)
    with cast.bob.scope() as bob, pytest.raises(NotAllowed):
        services.delete_asset(bob, asset=asset)
    with cast.alice.scope() as alice:
        services.delete_asset(alice, asset=asset)
        with pytest.raises(IllegalTransition):
            services.delete_asset(alice, asset=asset)
    deleted = reread(cast, asset)
    assert deleted.object is not None
    assert (deleted.state, deleted.object.state) == ("deleted", "erased")
    assert events(cast, asset) == ["asset.released", "asset.deleted"]


def test_a_revocation_takes_back_what_was_released_and_stops_what_was_not(cast: Cast) -> None:
    speaker, consent = make_voice(cast)
    released = make_asset(cast.bob, speaker)
    waiting = make_request(cast.bob, speaker)
    revoked = revoke(cast, consent)
    with cast.alice.scope():
        taken = services.revoke_assets_of(OPERATOR, consent=revoked)
        assert [asset.pk for asset in taken] == [released.pk]
        assert services.revoke_assets_of(OPERATOR, consent=revoked) == []
        assert Job.objects.get(subject_id=waiting.pk).state == "cancelled"
        refused = Asset.objects.get(request=waiting)
    assert (refused.state, refused.reason) == ("refused", "consent_revoked")
    assert reread(cast, released).state == "revoked"
    assert events(cast, released) == ["asset.released", "asset.revoked"]


def test_audio_rests_on_the_consent_its_voice_was_trained_under_too(cast: Cast) -> None:
    speaker, trained_under = make_voice(cast)
    with cast.alice.scope():
        now = datetime.now(UTC)
        ConsentRecord.objects.filter(pk=trained_under.pk).update(
            valid_from=now - timedelta(days=2), valid_until=now - timedelta(hours=1)
        )
    renewed = make_consent(cast.alice, speaker)
    asset = make_asset(cast.bob, speaker)
    assert reread(cast, asset).consent_id == renewed.pk
    revoked = revoke(cast, trained_under)
    with cast.alice.scope():
        services.revoke_assets_of(OPERATOR, consent=revoked)
    assert reread(cast, asset).state == "revoked"


def test_a_revocation_spares_other_voices(cast: Cast) -> None:
    speaker, _ = make_voice(cast)
    other = make_speaker(cast.alice, name="Other")
    consent = make_consent(cast.alice, other)
    make_approved(cast.alice, cast.dora, other)
    asset = make_asset(cast.bob, speaker)
    revoked = revoke(cast, consent)
    with cast.alice.scope():
        assert services.revoke_assets_of(OPERATOR, consent=revoked) == []
    assert reread(cast, asset).state == "released"
