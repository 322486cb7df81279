"""Cannot see is not found; sees but may not is forbidden; and one query answers for all voices."""

from __future__ import annotations

import dataclasses

import pytest
from pytest_django import DjangoAssertNumQueries

from tests.factories import Cast, Person, let, make_consent, make_speaker, worker_of
from voiceassets.consent.models import ConsentRecord
from voiceassets.core import ids
from voiceassets.core.errors import NotAllowed, NotFound
from voiceassets.speakers import access, keys, selectors, services
from voiceassets.speakers.access import Verb
from voiceassets.speakers.models import Speaker, SpeakerUserPermission

pytestmark = pytest.mark.django_db

VERBS: tuple[Verb, ...] = ("see", "use", "manage")


@pytest.mark.parametrize("granted", VERBS)
@pytest.mark.parametrize("wanted", VERBS)
def test_a_grant_allows_itself_and_what_it_implies(cast: Cast, granted: Verb, wanted: Verb) -> None:
    speaker = make_speaker(cast.alice)
    let(cast.alice, speaker, cast.bob, granted)
    with cast.bob.scope() as bob:
        if VERBS.index(wanted) <= VERBS.index(granted):
            assert access.require(bob, speaker, wanted) == speaker
            return
        with pytest.raises(NotAllowed) as refusal:
            access.require(bob, speaker, wanted)
    assert refusal.value.code == "voice_not_granted"


@pytest.mark.parametrize("wanted", VERBS)
def test_an_ungranted_voice_does_not_exist_for_a_writer(cast: Cast, wanted: Verb) -> None:
    speaker = make_speaker(cast.alice)
    with cast.bob.scope() as bob:
        with pytest.raises(NotFound):
            access.require(bob, speaker, wanted)
        with pytest.raises(NotFound):
            selectors.get_speaker(bob, speaker.public_id)
        assert not selectors.speakers(bob).exists()


def test_owners_and_auditors_see_every_voice(cast: Cast) -> None:
    speaker = make_speaker(cast.alice)
    for person in (cast.alice, cast.carol, cast.dora):
        with person.scope() as actor:
            assert selectors.get_speaker(actor, speaker.public_id) == speaker


def test_workers_may_use_what_they_were_given(cast: Cast) -> None:
    speaker = make_speaker(cast.alice)
    with cast.alice.scope():
        access.require(worker_of(cast.alice.tenant), speaker, "manage")


@pytest.mark.parametrize("wanted", VERBS)
def test_another_tenants_voice_does_not_exist_not_even_for_its_owner(
    cast: Cast, wanted: Verb
) -> None:
    speaker = make_speaker(cast.alice)
    with cast.mallory.scope() as mallory:
        with pytest.raises(NotFound):
            access.require(mallory, speaker, wanted)
        with pytest.raises(NotFound):
            selectors.get_speaker(mallory, speaker.public_id)
        with pytest.raises(NotFound):
            services.update_speaker(mallory, speaker=speaker, name="Mine now")


def test_a_missing_voice_and_a_hidden_one_are_told_apart_by_nobody(cast: Cast) -> None:
    hidden = make_speaker(cast.alice).public_id
    missing = ids.encode(Speaker.PREFIX, ids.uuid7())
    messages = set()
    with cast.bob.scope() as bob:
        for public_id in (hidden, missing):
            with pytest.raises(NotFound) as refusal:
                selectors.get_speaker(bob, public_id)
            messages.add((refusal.value.message, refusal.value.code, str(refusal.value.data)))
    assert len(messages) == 1


def test_somebody_without_a_user_sees_nothing(cast: Cast) -> None:
    make_speaker(cast.alice)
    with cast.bob.scope() as bob:
        assert not access.visible(dataclasses.replace(bob, user_id=None)).exists()


def test_a_grant_belongs_to_the_tenant_of_its_voice(cast: Cast) -> None:
    speaker = make_speaker(cast.alice)
    let(cast.alice, speaker, cast.bob, "see")
    with cast.alice.scope():
        (row,) = SpeakerUserPermission.objects.all()
    assert row.tenant_id == cast.alice.tenant.pk
    with cast.mallory.scope():
        assert not SpeakerUserPermission.objects.exists()


def test_grants_are_listed_to_those_who_see_the_voice(cast: Cast) -> None:
    speaker = make_speaker(cast.alice)
    let(cast.alice, speaker, cast.bob, "use")
    with cast.carol.scope() as carol:
        (row,) = selectors.grants(carol, speaker)
    assert (row.user, getattr(row, "codenames")) == (cast.bob.user, ["see_voice", "use_voice"])  # noqa: B009


@pytest.mark.parametrize("voices", [1, 12])
def test_two_queries_list_the_voices_and_open_their_names_however_many(
    cast: Cast, voices: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(voices):
        let(cast.alice, make_speaker(cast.alice, name=f"Voice {number}"), cast.bob, "see")

    def listed(person: Person) -> int:
        keys.forget_remembered()
        with person.scope() as actor, django_assert_num_queries(2):
            return len(selectors.speakers(actor))

    assert listed(cast.bob) == listed(cast.alice) == voices


def known_names(person: Person) -> set[str]:
    """The voices of the consents that a person may know of."""
    with person.scope() as actor:
        rows = ConsentRecord.objects.filter(access.known(actor))
        return set(rows.values_list("speaker__name_index", flat=True))


@pytest.mark.parametrize("few", [0, access.FEW])
def test_what_hangs_from_a_voice_is_known_to_those_who_see_it(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    """With few grants, which are named in the query, as with many."""
    monkeypatch.setattr(access, "FEW", few)
    seen, hidden = (make_speaker(cast.alice, name=name) for name in ("Seen", "Hidden"))
    for speaker in (seen, hidden):
        make_consent(cast.alice, speaker)
    assert known_names(cast.bob) == set()
    let(cast.alice, seen, cast.bob, "use")
    assert known_names(cast.bob) == {seen.name_index}
    assert (
        known_names(cast.alice) == known_names(cast.carol) == {seen.name_index, hidden.name_index}
    )
    assert known_names(cast.mallory) == set()


def test_a_key_for_some_voices_knows_of_those_only(cast: Cast) -> None:
    named, other = (make_speaker(cast.alice, name=name) for name in ("Named", "Other"))
    for speaker in (named, other):
        make_consent(cast.alice, speaker)
    bound = dataclasses.replace(cast.alice.actor, voices=frozenset({named.pk}))
    assert known_names(dataclasses.replace(cast.alice, actor=bound)) == {named.name_index}
    let(cast.alice, named, cast.bob, "see")
    let(cast.alice, other, cast.bob, "see")
    bound = dataclasses.replace(cast.bob.actor, voices=frozenset({named.pk}))
    assert known_names(dataclasses.replace(cast.bob, actor=bound)) == {named.name_index}
