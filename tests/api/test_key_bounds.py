"""What narrows a key below its member, and how it hands over to its successor."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from tests.factories import Cast, make_speaker
from voiceassets.audit.models import Event
from voiceassets.core.context import Actor
from voiceassets.core.errors import Conflict, Invalid, NotAllowed, Unauthenticated
from voiceassets.speakers import selectors as speakers
from voiceassets.tenants import keys
from voiceassets.tenants.keys import Bounds
from voiceassets.tenants.models import ApiKey
from voiceassets.tenants.permissions import Permission

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def issue(cast: Cast, **bounds: Any) -> tuple[ApiKey, str]:
    with cast.alice.scope() as alice:
        return keys.issue(
            alice, member=cast.alice.membership, name="narrow", bounds=Bounds(**bounds)
        )


def rotate(cast: Cast, actor: Actor, key: ApiKey, overlap: timedelta = DAY) -> tuple[ApiKey, str]:
    with cast.alice.scope():
        return keys.rotate(actor, key=key, overlap=overlap)


def refusals(cast: Cast) -> list[str]:
    with cast.alice.scope():
        events = Event.objects.filter(action="key.refused").order_by("seq")
        return [event.data["code"] for event in events]


def test_a_key_for_some_voices_knows_of_no_others(cast: Cast) -> None:
    mine, other = make_speaker(cast.alice, name="Mine"), make_speaker(cast.alice, name="Other")
    _, token = issue(cast, voices=frozenset({mine.pk}))
    actor = keys.authenticate(token)
    with cast.alice.scope():
        assert list(speakers.speakers(actor)) == [mine]
    client = Client(headers={"Authorization": f"Bearer {token}"})
    assert client.get(f"/v1/speakers/{other.public_id}").status_code == 404
    spoken = {"model": "tts-1", "voice": other.name, "input": "你好。"}
    answer = client.post("/v1/audio/speech", spoken, content_type="application/json")
    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("address", "opens"),
    [
        ("203.0.113.7", True),
        ("::ffff:203.0.113.7", True),
        ("2001:db8::1", True),
        ("203.0.114.1", False),
        ("", False),
        ("nonsense", False),
    ],
)
def test_a_key_opens_only_from_its_networks(cast: Cast, address: str, opens: bool) -> None:
    _, token = issue(cast, networks=("203.0.113.0/24", "2001:db8::/32"))
    if opens:
        assert keys.authenticate(token, address=address).narrowed
    else:
        with pytest.raises(Unauthenticated):
            keys.authenticate(token, address=address)
        assert refusals(cast) == ["foreign_network"]


def test_only_our_own_proxies_say_where_a_client_is(cast: Cast, settings: Any) -> None:
    _, token = issue(cast, networks=("203.0.113.0/24",))
    client = Client(headers={"Authorization": f"Bearer {token}"})
    spoofed = {"X-Forwarded-For": "203.0.113.7"}
    assert client.get("/v1/me", headers=spoofed).status_code == 401
    settings.TRUSTED_PROXIES = 1
    assert client.get("/v1/me", headers=spoofed).status_code == 200
    added_by_proxy = {"X-Forwarded-For": "203.0.113.7, 198.51.100.1"}
    assert client.get("/v1/me", headers=added_by_proxy).status_code == 401


def test_a_network_that_is_none_is_refused(cast: Cast) -> None:
    for network in ("nonsense", "203.0.113.7/24", "0.0.0.0/33"):
        with pytest.raises(Invalid, match="networks"):
            issue(cast, networks=(network,))


def test_a_narrowed_key_issues_and_rotates_none(cast: Cast) -> None:
    key, token = issue(cast, characters_per_month=10)
    narrowed = keys.authenticate(token)
    with cast.alice.scope(), pytest.raises(NotAllowed):
        keys.issue(narrowed, member=cast.alice.membership, name="wider")
    with pytest.raises(NotAllowed):
        rotate(cast, narrowed, key)


def test_a_rotated_key_and_its_successor_live_side_by_side_for_a_while(cast: Cast) -> None:
    key, token = issue(cast, networks=("127.0.0.0/8",), concurrent_requests=3)
    successor, next_token = rotate(cast, cast.alice.actor, key)
    old = keys.authenticate(token, address="127.0.0.1")
    new = keys.authenticate(next_token, address="127.0.0.1")
    assert (old.permissions, old.user_id) == (new.permissions, new.user_id)
    assert (successor.networks, successor.concurrent_requests) == (["127.0.0.0/8"], 3)
    with pytest.raises(Conflict, match="rotate its successor"):
        rotate(cast, cast.alice.actor, key)


def test_without_an_overlap_the_old_key_ends_at_once(cast: Cast) -> None:
    key, token = issue(cast)
    rotate(cast, cast.alice.actor, key, overlap=timedelta())
    with pytest.raises(Unauthenticated):
        keys.authenticate(token)
    assert refusals(cast) == ["expired"]
    with pytest.raises(Conflict, match="issue a new one"):
        rotate(cast, cast.alice.actor, key)


def test_rotating_a_key_is_no_way_to_more_rights(cast: Cast) -> None:
    wide, _ = issue(cast)
    _, token = issue(cast, scopes=frozenset({Permission.KEYS_WRITE}))
    with pytest.raises(NotAllowed, match="may do more"):
        rotate(cast, keys.authenticate(token), wide)


def test_a_denial_is_on_record(cast: Cast) -> None:
    client = Client(headers=cast.bob.headers)
    assert client.get("/v1/audit").status_code == 403
    with cast.alice.scope():
        denied = Event.objects.get(action="access.denied")
    assert denied.actor_id == cast.bob.actor.id
    assert denied.data == {"operation": "audit.list", "code": "not_allowed"}
