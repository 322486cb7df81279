"""The no-go list: what it refuses, and how two people take somebody off it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from django.db import IntegrityError, transaction
from pytest_django import Settings

from tests.factories import (
    Cast,
    make_consent,
    make_dataset,
    make_file,
    make_finetune,
    make_person,
    make_speaker,
)
from voiceassets.core.errors import NotAllowed
from voiceassets.speakers.models import Speaker
from voiceassets.storage.models import ObjectState, Purpose, StoredObject
from voiceassets.tenants.permissions import Role
from voiceassets.voiceprints import services as voiceprints
from voiceassets.voiceprints import thresholds
from voiceassets.voiceprints.models import Appeal, NoGoVoice
from voiceassets.voiceprints.thresholds import Thresholds

ENCODER = "e" * 64
LIMITS = Thresholds(same=0.7, no_go=0.6, stranger=0.1, equal_error_rate=0.02, voices=20, clips=400)
SINGER, STRANGER = np.eye(16, dtype=np.float32)[:2]


@pytest.fixture(autouse=True)
def _calibrated(settings: Settings, tmp_path: Path) -> None:
    settings.VOICEPRINT_THRESHOLDS = tmp_path / "thresholds.json"
    thresholds.keep(ENCODER, LIMITS)


@pytest.fixture
def entry(cast: Cast) -> NoGoVoice:
    """A singer on Alice's list, as a worker leaves it."""
    clip, written = make_file(cast.alice.tenant, b"clip", purpose=Purpose.OTHER)
    with cast.alice.scope() as actor:
        added = voiceprints.add(
            actor, name="A singer", reason="Refused.", clip=clip, written=written
        )
        return voiceprints.activate(actor, entry=added, encoder=ENCODER, vector=SINGER)


def sounds_like_the_singer(cast: Cast, speaker: Speaker) -> None:
    with cast.alice.scope():
        voiceprints.keep(holder=speaker, source=speaker, encoder=ENCODER, vector=SINGER)


def test_a_clip_is_gone_once_its_voice_is_known(cast: Cast, entry: NoGoVoice) -> None:
    with cast.alice.scope():
        assert StoredObject.objects.get(pk=entry.clip_id).state == ObjectState.ERASED
        assert voiceprints.barred(SINGER, encoder=ENCODER) == entry
        assert voiceprints.barred(STRANGER, encoder=ENCODER) is None
        assert voiceprints.barred(SINGER, encoder="f" * 64) is None, "another encoder"
    with cast.mallory.scope():
        assert voiceprints.barred(SINGER, encoder=ENCODER) is None, "another tenant's list"


def test_a_voice_that_was_raised_is_found_in_a_lowered_copy(cast: Cast, entry: NoGoVoice) -> None:
    near = (0.7 * SINGER + 0.714 * STRANGER).astype(np.float32)
    with cast.alice.scope():
        copies = [STRANGER, SINGER]
        assert voiceprints.barred(STRANGER, encoder=ENCODER, repitched=copies) is None
        thresholds.keep(ENCODER, replace(LIMITS, repitched=0.8))
        assert voiceprints.barred(STRANGER, encoder=ENCODER, repitched=copies) == entry
        assert voiceprints.barred(STRANGER, encoder=ENCODER, repitched=[near]) is None


def test_a_no_go_voice_is_not_trained(cast: Cast, entry: NoGoVoice) -> None:
    speaker = make_speaker(cast.alice)
    make_consent(cast.alice, speaker)
    sounds_like_the_singer(cast, speaker)
    with pytest.raises(voiceprints.NoGo, match=entry.public_id):
        make_finetune(cast.alice, speaker, make_dataset(cast.alice, speaker))


def test_an_appeal_for_one_voice_needs_two_people_who_did_not_open_it(
    cast: Cast, entry: NoGoVoice
) -> None:
    speaker, other = make_speaker(cast.alice), make_speaker(cast.alice, name="Other")
    erin = make_person(cast.alice.tenant, "Erin", Role.BRAND_MANAGER)
    with cast.alice.scope() as alice:
        opened = voiceprints.appeal(alice, entry=entry, reason="Her twin.", speaker=speaker)
        with pytest.raises(NotAllowed, match="neither of them"):
            voiceprints.sign(alice, appeal=opened)
    with cast.dora.scope() as dora:
        assert voiceprints.sign(dora, appeal=opened).state == "open"
        with pytest.raises(NotAllowed, match="Two people"):
            voiceprints.sign(dora, appeal=opened)
        assert voiceprints.barred(SINGER, encoder=ENCODER, speaker=speaker) == entry
    with erin.scope() as actor:
        assert voiceprints.sign(actor, appeal=opened).state == "granted"
        assert voiceprints.barred(SINGER, encoder=ENCODER, speaker=speaker) is None
        assert voiceprints.barred(SINGER, encoder=ENCODER, speaker=other) == entry


def test_an_appeal_for_everybody_lifts_the_entry_and_forgets_the_voice(
    cast: Cast, entry: NoGoVoice
) -> None:
    erin = make_person(cast.alice.tenant, "Erin", Role.BRAND_MANAGER)
    with cast.alice.scope() as alice:
        opened = voiceprints.appeal(alice, entry=entry, reason="She agreed.")
    for person in (cast.dora, erin):
        with person.scope() as actor:
            voiceprints.sign(actor, appeal=opened)
    with cast.alice.scope():
        assert NoGoVoice.objects.get().state == "lifted"
        assert voiceprints.barred(SINGER, encoder=ENCODER) is None


def test_the_database_does_not_let_one_person_sign_twice(cast: Cast, entry: NoGoVoice) -> None:
    with cast.alice.scope() as alice:
        opened = voiceprints.appeal(alice, entry=entry, reason="Mine.")
        appeals = Appeal.objects.filter(pk=opened.pk)
        dora = cast.dora.user
        for wrong in (
            {"first_signer": dora, "second_signer": dora},
            {"first_signer": cast.alice.user},
            {"state": "granted", "first_signer": dora},
        ):
            with pytest.raises(IntegrityError), transaction.atomic():
                appeals.update(**wrong)


def test_the_same_person_under_two_names_is_noticed(cast: Cast) -> None:
    first, second = make_speaker(cast.alice, name="A"), make_speaker(cast.alice, name="B")
    sounds_like_the_singer(cast, first)
    sounds_like_the_singer(cast, second)
    with cast.alice.scope():
        assert [found.speaker for found in voiceprints.likenesses_of(first)] == [second]
        voiceprints.forget(second)
        assert voiceprints.likenesses_of(first) == []


def test_a_voice_is_wrong_when_it_is_a_strangers_or_rather_anothers(cast: Cast) -> None:
    asked, other = make_speaker(cast.alice, name="A"), make_speaker(cast.alice, name="B")
    between = voiceprints.mean_direction([SINGER, SINGER, STRANGER, STRANGER, STRANGER])

    def wrong(heard: object) -> bool:
        return voiceprints.is_wrong_voice(
            heard,
            wanted=SINGER,
            encoder=ENCODER,
            speaker=asked,  # type: ignore[arg-type]
        )

    with cast.alice.scope():
        assert not wrong(SINGER)
        assert wrong(-SINGER), "nothing like her"
        assert not wrong(between), "a bad likeness, and nobody else's voice"
        voiceprints.keep(holder=other, source=other, encoder=ENCODER, vector=STRANGER)
        assert wrong(between), "somebody else's voice"
