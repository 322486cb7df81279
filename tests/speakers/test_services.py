"""Creating and changing speakers, and granting people their voices."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction

from tests.factories import Cast, let, make_person, make_speaker
from voiceassets.audit.models import Event
from voiceassets.core.errors import Conflict, Invalid, NotAllowed, NotFound
from voiceassets.speakers import access, services
from voiceassets.speakers.models import Speaker
from voiceassets.tenants.permissions import Role

pytestmark = pytest.mark.django_db


def test_an_owner_creates_a_speaker_and_that_is_on_record(cast: Cast) -> None:
    with cast.alice.scope() as alice:
        speaker = services.create_speaker(alice, name=" Xiaoyan ", languages=["zh", "en", "zh"])
        (event,) = Event.objects.filter(object_id=speaker.public_id)
    assert (speaker.name, speaker.languages) == ("Xiaoyan", ["en", "zh"])
    assert (event.action, event.actor_id) == ("speaker.created", cast.alice.actor.id)


def test_the_log_does_not_hold_the_name_of_a_person(cast: Cast) -> None:
    speaker = make_speaker(cast.alice, name="Li Xiaoyan")
    with cast.alice.scope() as alice:
        services.update_speaker(alice, speaker=speaker, name="Wang Xiaoyan", description="Shy.")
        data = [event.data for event in Event.objects.filter(object_id=speaker.public_id)]
    assert "Xiaoyan" not in str(data)
    assert {"fields": ["name", "description"]} in data


@pytest.mark.parametrize("languages", [["Chinese"], ["zh_CN"], [""], ["zh", "e"]])
def test_it_refuses_what_is_not_a_language_tag(cast: Cast, languages: list[str]) -> None:
    with cast.alice.scope() as alice, pytest.raises(Invalid, match="language tag"):
        services.create_speaker(alice, name="Xiaoyan", languages=languages)


def test_it_refuses_a_speaker_without_a_name(cast: Cast) -> None:
    with cast.alice.scope() as alice, pytest.raises(Invalid, match="needs a name"):
        services.create_speaker(alice, name="  ")


def test_a_name_is_taken_while_its_speaker_is_active(cast: Cast) -> None:
    first = make_speaker(cast.alice)
    with cast.alice.scope() as alice:
        with pytest.raises(Conflict, match="another name"):
            services.create_speaker(alice, name="Xiaoyan")
        with pytest.raises(IntegrityError), transaction.atomic():
            Speaker.objects.create(tenant=cast.alice.tenant, name="Xiaoyan")
        services.archive_speaker(alice, speaker=first)
        services.create_speaker(alice, name="Xiaoyan")
    make_speaker(cast.mallory)


def test_an_archived_speaker_takes_nothing_new(cast: Cast) -> None:
    speaker = make_speaker(cast.alice)
    with cast.alice.scope() as alice:
        archived = services.archive_speaker(alice, speaker=speaker)
        with pytest.raises(Conflict) as refusal:
            services.update_speaker(alice, speaker=archived, name="Other")
    assert refusal.value.code == "speaker_archived"


def test_writers_and_auditors_do_not_make_speakers(cast: Cast) -> None:
    for person in (cast.bob, cast.carol):
        with person.scope() as actor, pytest.raises(NotAllowed):
            services.create_speaker(actor, name="Mine")


def test_a_grant_is_recorded_once_with_what_it_implies(cast: Cast) -> None:
    speaker = make_speaker(cast.alice)
    let(cast.alice, speaker, cast.bob, "use")
    with cast.alice.scope():
        (event,) = Event.objects.filter(action="voice.granted")
    assert event.data == {"to": cast.bob.user.public_id, "verbs": ["see", "use"]}


def test_a_grant_says_what_it_grants(cast: Cast) -> None:
    speaker = make_speaker(cast.alice)
    with cast.alice.scope() as alice, pytest.raises(Invalid, match="see, use or manage"):
        services.grant(alice, speaker=speaker, to=cast.bob.user, verbs=())


def test_a_voice_is_granted_to_members_only(cast: Cast) -> None:
    speaker = make_speaker(cast.alice)
    with cast.alice.scope() as alice, pytest.raises(NotFound, match="member"):
        services.grant(alice, speaker=speaker, to=cast.mallory.user, verbs=["see"])


def test_granting_twice_is_harmless(cast: Cast) -> None:
    speaker = make_speaker(cast.alice)
    let(cast.alice, speaker, cast.bob, "use")
    let(cast.alice, speaker, cast.bob, "use")
    with cast.bob.scope() as bob:
        access.require(bob, speaker, "use")


def test_withdrawing_a_verb_takes_what_needs_it_and_leaves_the_rest(cast: Cast) -> None:
    speaker = make_speaker(cast.alice)
    let(cast.alice, speaker, cast.bob, "manage")
    with cast.alice.scope() as alice:
        services.withdraw(alice, speaker=speaker, from_=cast.bob.user, verbs=["use"])
        (event,) = Event.objects.filter(action="voice.withdrawn")
    assert event.data["verbs"] == ["manage", "use"]
    with cast.bob.scope() as bob:
        access.require(bob, speaker, "see")
        with pytest.raises(NotAllowed):
            access.require(bob, speaker, "use")


def test_withdrawing_without_saying_what_takes_everything(cast: Cast) -> None:
    speaker = make_speaker(cast.alice)
    let(cast.alice, speaker, cast.bob, "manage")
    with cast.alice.scope() as alice:
        services.withdraw(alice, speaker=speaker, from_=cast.bob.user)
    with cast.bob.scope() as bob, pytest.raises(NotFound):
        access.require(bob, speaker, "see")


def test_a_group_is_granted_a_voice_in_one_tenant_and_not_in_another(cast: Cast) -> None:
    group = Group.objects.create(name="service desk")
    cast.bob.user.groups.add(group)
    eve = make_person(cast.mallory.tenant, "Eve", Role.WRITER)
    eve.user.groups.add(group)
    ours, theirs = make_speaker(cast.alice), make_speaker(cast.mallory)
    with cast.alice.scope() as alice:
        services.grant(alice, speaker=ours, to=group, verbs=["use"])
    with cast.bob.scope() as bob:
        assert access.require(bob, ours, "use") == ours
        assert list(access.visible(bob)) == [ours]
    with eve.scope() as actor:
        assert not access.visible(actor).exists()
        with pytest.raises(NotFound):
            access.require(actor, theirs, "see")
    with cast.alice.scope() as alice:
        services.withdraw(alice, speaker=ours, from_=group)
    with cast.bob.scope() as bob:
        assert not access.visible(bob).exists()


def test_granting_needs_the_permission_and_the_voice(cast: Cast) -> None:
    speaker = make_speaker(cast.alice)
    let(cast.alice, speaker, cast.bob, "manage")
    with cast.bob.scope() as bob, pytest.raises(NotAllowed):
        services.grant(bob, speaker=speaker, to=cast.carol.user, verbs=["see"])


def test_a_failed_change_leaves_no_event(cast: Cast) -> None:
    make_speaker(cast.alice, name="Taken")
    speaker = make_speaker(cast.alice)
    with cast.alice.scope() as alice:
        before = Event.objects.count()
        with pytest.raises(Conflict):
            services.update_speaker(alice, speaker=speaker, name="Taken")
        assert Event.objects.count() == before
