"""Speech is labelled audibly; who may leave that out says why, and it goes on record."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from pytest_django import Settings

from tests.factories import Cast, Person, make_request, make_voice, release_request
from voiceassets.assets import services
from voiceassets.assets.labelling import LabelMissing, Wish
from voiceassets.assets.models import Asset, SynthesisRequest
from voiceassets.audit.models import Event
from voiceassets.core.errors import Invalid, NotAllowed
from voiceassets.provenance.cue import AudibleLabel, Cue, Place
from voiceassets.provenance.models import Manifest
from voiceassets.speakers.models import Speaker

pytestmark = pytest.mark.django_db


def ask(person: Person, speaker: Speaker, wish: Wish) -> SynthesisRequest:
    with person.scope() as actor:
        return services.request_synthesis(actor, speaker=speaker, text="你好。", label=wish)


def unlabelled(cast: Cast, asset: Asset) -> Asset:
    """As if its file had been made without an audible label; a manifest itself never changes."""
    with cast.alice.scope():
        kept = Asset.objects.select_related("manifest", "request__speaker", "request__version")
        found = kept.get(pk=asset.pk)
        assert found.manifest is not None
        manifest = Manifest.objects.create(
            tenant=cast.alice.tenant,
            object=found.request.version.bundle,
            file_sha256=found.manifest.file_sha256,
            pcm_sha256=found.manifest.pcm_sha256,
            produce_id=f"{found.pk.hex}-bare",
            labels={"implicit": {}, "audible": "none"},
            produced_at=found.manifest.produced_at,
        )
        found.manifest = manifest
        found.save(update_fields=["manifest"])
        return found


def test_a_wish_or_else_the_installation_says_how(cast: Cast, settings: Settings) -> None:
    speaker, _ = make_voice(cast)
    usual = make_request(cast.bob, speaker)
    assert usual.audible_label() == AudibleLabel(language="zh")
    settings.LABEL_CUE, settings.LABEL_PLACE = "speech", "end"
    spoken = make_request(cast.bob, speaker).audible_label()
    assert (spoken.cue, spoken.place, spoken.language) == (Cue.SPEECH, Place.END, "zh")
    wished = ask(cast.bob, speaker, Wish(cue="rhythm", place="middle")).audible_label()
    assert (wished.cue, wished.place) == (Cue.RHYTHM, Place.MIDDLE)


def test_leaving_it_out_takes_a_right_a_reason_and_leaves_a_record(cast: Cast) -> None:
    speaker, _ = make_voice(cast)
    with pytest.raises(NotAllowed):
        ask(cast.bob, speaker, Wish(cue="none", because="It is for a film."))
    with pytest.raises(Invalid):
        ask(cast.alice, speaker, Wish(cue="none", because=" "))
    with cast.alice.scope():
        assert not Event.objects.filter(action="label.exempted").exists()
    request = ask(cast.alice, speaker, Wish(cue="none", because="It is for a film."))
    with cast.alice.scope():
        event = Event.objects.get(action="label.exempted")
        assert (event.object_id, event.actor_id) == (request.public_id, cast.alice.actor.id)
        assert "film" not in str(event.data), "the reason is sealed with the request"
        with pytest.raises(IntegrityError), transaction.atomic():
            SynthesisRequest.objects.filter(pk=request.pk).update(exempted_by=None)


def test_a_file_without_it_is_given_out_only_where_somebody_answers_for_that(cast: Cast) -> None:
    speaker, _ = make_voice(cast)
    bare = unlabelled(cast, release_request(cast.bob.tenant, make_request(cast.bob, speaker)))
    with cast.bob.scope() as bob, pytest.raises(LabelMissing):
        services.download(bob, asset=bare)
    request = ask(cast.alice, speaker, Wish(cue="none", because="It is for a film."))
    exempt = release_request(cast.alice.tenant, request)
    with cast.alice.scope():
        exempt = Asset.objects.select_related("request__speaker").get(pk=exempt.pk)
        Asset.objects.filter(pk=bare.pk).update(manifest=None, state="revoked")
        Asset.objects.filter(pk=exempt.pk).update(manifest=bare.manifest)
    with cast.bob.scope() as bob:
        assert services.download(bob, asset=exempt).state == "live"


def test_a_law_that_binds_holds_back_what_lacks_its_labels(cast: Cast, settings: Settings) -> None:
    speaker, _ = make_voice(cast)
    asset = unlabelled(cast, release_request(cast.bob.tenant, make_request(cast.bob, speaker)))
    settings.LABEL_LAWS = ("US-CA",)
    with cast.bob.scope() as bob, pytest.raises(LabelMissing) as held:
        services.download(bob, asset=asset)
    assert held.value.code == "label_missing"
    assert "SB 942" in held.value.message
    assert "credentials" in held.value.message
    settings.LABEL_LAWS = ()
    with cast.bob.scope() as bob:
        assert services.download(bob, asset=asset).state == "live"


def test_a_format_without_room_for_what_a_law_wants_is_refused_before_work(
    cast: Cast, settings: Settings
) -> None:
    speaker, _ = make_voice(cast)
    settings.LABEL_LAWS = ("CN", "EU")
    with cast.bob.scope() as bob, pytest.raises(Invalid, match="ask for one of wav, mp3, flac"):
        services.request_synthesis(bob, speaker=speaker, text="你好。", format="ogg")
    with cast.bob.scope() as bob:
        assert services.request_synthesis(bob, speaker=speaker, text="你好。", format="mp3")
