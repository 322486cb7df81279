"""What is known about a person is sealed in the database and gone with one key."""

from __future__ import annotations

import pytest
from django.db import connection
from pytest_django import Settings

from tests.factories import Cast, make_consent, make_speaker
from voiceassets.consent.models import ConsentRecord
from voiceassets.core import envelope
from voiceassets.core.envelope import Unsealable
from voiceassets.speakers import keys
from voiceassets.speakers.keys import PersonErased, SubjectKey
from voiceassets.speakers.models import Speaker
from voiceassets.speakers.personal import MARK, NotSealed
from voiceassets.speakers.sealing import seal_existing

pytestmark = pytest.mark.django_db


def stored(column: str, table: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table}")
        return [value for (value,) in cursor.fetchall()]


def test_the_database_never_sees_a_name(cast: Cast) -> None:
    speaker = make_speaker(cast.alice, name="Li Xiaoyan")
    consent = make_consent(cast.alice, speaker)
    with cast.alice.scope():
        (name,) = stored("name", "speakers_speaker")
        (person,) = stored("person_name", "consent_consentrecord")
        assert name.startswith(MARK)
        assert person.startswith(MARK)
        assert Speaker.objects.get().name == "Li Xiaoyan"
        assert ConsentRecord.objects.get(pk=consent.pk).person_name == "Xiaoyan Li"


def test_a_sealed_column_is_neither_searched_nor_written_past_save(cast: Cast) -> None:
    make_speaker(cast.alice)
    with cast.alice.scope():
        with pytest.raises(NotSealed, match="name is sealed"):
            Speaker.objects.filter(name="Xiaoyan").first()
        with pytest.raises(NotSealed):
            Speaker.objects.update(description="Shy.")


def test_without_its_key_a_person_reads_as_empty_and_takes_nothing_more(cast: Cast) -> None:
    speaker, other = make_speaker(cast.alice), make_speaker(cast.alice, name="Other")
    with cast.alice.scope():
        assert Speaker.objects.get(pk=speaker.pk).name == "Xiaoyan"
        keys.destroy(speaker.pk)
        assert Speaker.objects.get(pk=speaker.pk).name == ""
        assert Speaker.objects.get(pk=other.pk).name == "Other"
        speaker.description = "Somebody"
        with pytest.raises(PersonErased):
            speaker.save()


def test_a_row_written_before_is_sealed_by_the_migration(cast: Cast) -> None:
    speaker = make_speaker(cast.alice)
    with cast.alice.scope(), connection.cursor() as cursor:
        cursor.execute("UPDATE speakers_speaker SET name = 'Plain', name_index = ''")
        assert Speaker.objects.get().name == "Plain"
    seal_existing(Speaker)
    with cast.alice.scope():
        (name,) = stored("name", "speakers_speaker")
        (index,) = stored("name_index", "speakers_speaker")
        assert name.startswith(MARK)
        assert index
        assert Speaker.objects.get(pk=speaker.pk).name == "Plain"


def test_a_master_key_is_replaced_without_touching_what_it_protects(
    cast: Cast, settings: Settings
) -> None:
    speaker = make_speaker(cast.alice)
    with cast.alice.scope():
        before = SubjectKey.objects.get(pk=speaker.pk)
        newest = envelope.add_master_key()
        assert list(keys.rewrap()) == [speaker.pk]
        old = envelope.drop_old_master_keys()
        keys.forget_remembered()
        assert SubjectKey.objects.get(pk=speaker.pk).master == newest
        assert Speaker.objects.get(pk=speaker.pk).name == "Xiaoyan"
        assert before.master in old
        with pytest.raises(Unsealable, match="put its line back"):
            envelope.unwrap(before.master, bytes(before.wrapped), about=speaker.pk.bytes)


def test_what_was_sealed_for_one_person_does_not_open_for_another() -> None:
    key = bytes(32)
    token = envelope.seal(key, b"Li", about=b"one")
    assert envelope.unseal(key, token, about=b"one") == b"Li"
    for changed in (token[:-1] + bytes([token[-1] ^ 1]), token[:5]):
        with pytest.raises(Unsealable):
            envelope.unseal(key, changed, about=b"one")
    with pytest.raises(Unsealable):
        envelope.unseal(key, token, about=b"other")
