"""Asking for a voice to be trained, and keeping what a worker made of it."""

from __future__ import annotations

import dataclasses

import pytest

from tests.factories import (
    Cast,
    let,
    make_approved,
    make_candidate,
    make_consent,
    make_dataset,
    make_file,
    make_finetune,
    make_speaker,
    worker_of,
)
from voiceassets.audit.models import Event
from voiceassets.consent import services as consents
from voiceassets.consent.gate import ConsentRefused
from voiceassets.consent.models import ConsentRecord
from voiceassets.core.errors import Conflict, Invalid, NotAllowed, NotFound
from voiceassets.corpus.models import Dataset
from voiceassets.jobs.models import Job
from voiceassets.registry import lineage, selectors, services
from voiceassets.registry.lineage import Direction
from voiceassets.registry.models import BaseModel, FineTune, ModelVersion
from voiceassets.registry.services import Trained, TrainingSettings
from voiceassets.speakers.models import Speaker
from voiceassets.storage.models import Purpose, StoredObject

pytestmark = pytest.mark.django_db

PERMITTED = "permitted_by"
TRAINED = Trained(bundle_hash="b" * 64, base_name="tiny", base_hash="0" * 64, code_version="1")


@pytest.fixture
def speaker(cast: Cast) -> Speaker:
    """A voice that may be trained."""
    speaker = make_speaker(cast.alice)
    make_consent(cast.alice, speaker)
    return speaker


def complete(cast: Cast, finetune: FineTune, trained: Trained = TRAINED) -> ModelVersion:
    bundle, written = make_file(cast.alice.tenant, b"bundle", purpose=Purpose.BUNDLE)
    with cast.alice.scope():
        return services.complete_finetune(
            worker_of(cast.alice.tenant),
            finetune=finetune,
            bundle=bundle,
            written=written,
            trained=trained,
        )


def test_a_request_is_a_job_and_one_event(cast: Cast, speaker: Speaker) -> None:
    dataset = make_dataset(cast.alice, speaker)
    with cast.alice.scope() as alice:
        finetune = services.request_finetune(
            alice, speaker=speaker, dataset=dataset, settings=TrainingSettings(preset="demo")
        )
        job = Job.objects.get(subject_id=finetune.pk)
        (event,) = Event.objects.filter(object_id=finetune.public_id)
    assert (job.kind, job.queue, finetune.job) == ("finetune", "train", job)
    assert finetune.settings == {"preset": "demo", "seed": 1234, "changes": {}}
    assert event.action == "finetune.requested"
    assert event.data["dataset"] == dataset.public_id


def test_settings_by_name_are_kept_with_the_request_and_made_a_configuration(
    cast: Cast, speaker: Speaker
) -> None:
    wanted = {"semantic.lora_rank": 8, "recompute": True}
    dataset = make_dataset(cast.alice, speaker)
    with cast.alice.scope() as alice:
        finetune = services.request_finetune(
            alice, speaker=speaker, dataset=dataset, settings=TrainingSettings(changes=wanted)
        )
    assert finetune.settings["changes"] == wanted
    config = TrainingSettings(**finetune.settings).config(audio_ms=50_000)
    assert (config.preset, config.semantic.lora_rank, config.recompute) == ("minute", 8, True)


def test_without_consent_to_train_there_is_no_request_and_no_job(cast: Cast) -> None:
    speaker = make_speaker(cast.alice)
    make_consent(cast.alice, speaker, purposes=["synthesize"])
    dataset = make_dataset(cast.alice, speaker)
    with cast.alice.scope() as alice:
        before = Event.objects.count()
        with pytest.raises(ConsentRefused) as refusal:
            services.request_finetune(alice, speaker=speaker, dataset=dataset)
        assert refusal.value.code == "consent_scope"
        assert (FineTune.objects.count(), Job.objects.count()) == (0, 0)
        assert Event.objects.count() == before
        services.record_refusal(alice, speaker=speaker, code=refusal.value.code)
        (event,) = Event.objects.filter(action="finetune.refused")
    assert event.data == {"code": "consent_scope"}


def test_a_dataset_is_frozen_and_of_this_speaker(cast: Cast, speaker: Speaker) -> None:
    other = make_speaker(cast.alice, name="Other")
    foreign = make_dataset(cast.alice, other)
    with cast.alice.scope() as alice:
        with pytest.raises(Invalid, match="another speaker"):
            services.request_finetune(alice, speaker=speaker, dataset=foreign)
        draft = Dataset.objects.create(
            tenant=cast.alice.tenant,
            speaker=speaker,
            name="Draft",
            clip_count=0,
            duration_ms=0,
            created_by="tests",
        )
        with pytest.raises(Conflict) as refusal:
            services.request_finetune(alice, speaker=speaker, dataset=draft)
    assert refusal.value.code == "dataset_not_frozen"


@pytest.mark.parametrize(
    "settings",
    [
        TrainingSettings(preset="huge"),
        TrainingSettings(seed=-1),
        TrainingSettings(seed=2**31),
        TrainingSettings(changes={"semantic.lora_rank": 1000}),
    ],
)
def test_settings_out_of_range_are_refused(
    cast: Cast, speaker: Speaker, settings: TrainingSettings
) -> None:
    dataset = make_dataset(cast.alice, speaker)
    with cast.alice.scope() as alice, pytest.raises(Invalid, match="must"):
        services.request_finetune(alice, speaker=speaker, dataset=dataset, settings=settings)


def test_only_who_manages_the_voice_trains_it(cast: Cast, speaker: Speaker) -> None:
    dataset = make_dataset(cast.alice, speaker)
    let(cast.alice, speaker, cast.bob, "manage")
    for person in (cast.bob, cast.carol):
        with person.scope() as actor, pytest.raises(NotAllowed):
            services.request_finetune(actor, speaker=speaker, dataset=dataset)


def test_a_program_without_a_person_behind_it_cannot_ask(cast: Cast, speaker: Speaker) -> None:
    dataset = make_dataset(cast.alice, speaker)
    nobody = dataclasses.replace(cast.alice.actor, user_id=None)
    with cast.alice.scope(), pytest.raises(NotAllowed, match="person"):
        services.request_finetune(nobody, speaker=speaker, dataset=dataset)


def test_what_was_trained_becomes_a_candidate_with_its_facts(cast: Cast, speaker: Speaker) -> None:
    finetune = make_finetune(cast.alice, speaker)
    version = complete(cast, finetune)
    with cast.alice.scope():
        stored = FineTune.objects.get(pk=finetune.pk)
        bundle = StoredObject.objects.get(pk=version.bundle_id)
    assert stored.version_id == version.pk
    assert (version.number, version.state) == (1, "candidate")
    assert (version.dataset_hash, bundle.state) == (finetune.dataset.content_hash, "live")
    assert version.requested_by_id == cast.alice.user.pk


def test_versions_of_a_voice_are_counted_and_bases_kept_once(cast: Cast, speaker: Speaker) -> None:
    numbers = [make_candidate(cast.alice, speaker).number for _ in range(3)]
    assert numbers == [1, 2, 3]
    other = make_speaker(cast.alice, name="Other")
    make_consent(cast.alice, other)
    assert make_candidate(cast.alice, other).number == 1
    with cast.alice.scope():
        assert BaseModel.objects.count() == 1


def test_a_finetune_has_one_version(cast: Cast, speaker: Speaker) -> None:
    finetune = make_finetune(cast.alice, speaker)
    complete(cast, finetune)
    with pytest.raises(Conflict, match="already"):
        complete(cast, finetune)


def test_training_that_ends_after_a_revocation_keeps_nothing(cast: Cast, speaker: Speaker) -> None:
    finetune = make_finetune(cast.alice, speaker)
    with cast.alice.scope() as alice:
        consents.revoke(alice, consent=finetune.consent, reason="She left.")
    make_consent(cast.alice, speaker)
    with pytest.raises(ConsentRefused) as refusal:
        complete(cast, finetune)
    assert refusal.value.code == "consent_revoked"
    with cast.alice.scope():
        assert not ModelVersion.objects.exists()
        assert not StoredObject.objects.filter(purpose="bundle", state="live").exists()


def test_versions_and_finetunes_of_hidden_voices_do_not_exist(cast: Cast, speaker: Speaker) -> None:
    version = make_approved(cast.alice, cast.dora, speaker)
    with cast.alice.scope():
        finetune = FineTune.objects.get(version=version)
    for person in (cast.bob, cast.mallory):
        with person.scope() as actor:
            with pytest.raises(NotFound):
                selectors.get_version(actor, version.public_id)
            with pytest.raises(NotFound):
                selectors.get_finetune(actor, finetune.public_id)
    let(cast.alice, speaker, cast.bob, "see")
    with cast.bob.scope() as bob:
        assert selectors.get_version(bob, version.public_id) == version
        assert selectors.get_finetune(bob, finetune.public_id) == finetune
        assert list(selectors.versions(bob, speaker=speaker, state="approved")) == [version]


def test_what_learned_goes_on_rests_on_the_consent_of_what_it_goes_on_from(
    cast: Cast, speaker: Speaker
) -> None:
    first = make_candidate(cast.alice, speaker)
    dataset = make_dataset(cast.alice, speaker)
    with cast.alice.scope():
        ConsentRecord.objects.filter(pk=first.consent_id).update(state="expired")
    later = make_consent(cast.alice, speaker)
    with cast.alice.scope() as alice, pytest.raises(ConsentRefused) as refusal:
        services.request_finetune(alice, speaker=speaker, dataset=dataset, continues=first)
    assert refusal.value.code == "consent_not_renewed"
    with cast.alice.scope() as alice:
        ConsentRecord.objects.filter(pk=later.pk).update(supersedes=first.consent)
        finetune = services.request_finetune(
            alice, speaker=speaker, dataset=dataset, continues=first
        )
    second = complete(cast, finetune)
    assert (finetune.consent, second.consent) == (later, first.consent)
    with cast.alice.scope() as alice:
        edges = lineage.walk(second.public_id, Direction.UP)
        permitted = {edge.source.id for edge in edges if (edge.depth, edge.role) == (1, PERMITTED)}
        assert permitted == {first.consent.public_id, later.public_id}
        consents.revoke(alice, consent=first.consent, reason="Not the old recordings.")
        gone = services.revoke_versions_of(alice, consent=first.consent)
    assert {version.pk for version in gone} == {first.pk, second.pk}
