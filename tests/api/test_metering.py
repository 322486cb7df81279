"""Characters are reserved before the work, charged once with the audio, and never overdrawn."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from tests.factories import OPERATOR, Cast, make_request, make_voice, release_request
from voiceassets.assets import services as assets
from voiceassets.assets.models import SynthesisRequest
from voiceassets.core.context import Actor
from voiceassets.speakers.models import Speaker
from voiceassets.tenants import keys, metering
from voiceassets.tenants.keys import Bounds
from voiceassets.tenants.metering import Group, QuotaExceeded
from voiceassets.tenants.models import UsageEntry
from voiceassets.tenants.services import set_limits

HELLO = "你好。"


def key_of(cast: Cast, **bounds: Any) -> tuple[Actor, str]:
    with cast.alice.scope() as alice:
        _, token = keys.issue(
            alice, member=cast.alice.membership, name="limited", bounds=Bounds(**bounds)
        )
    return keys.authenticate(token), token


def ask(cast: Cast, actor: Actor, speaker: Speaker) -> SynthesisRequest:
    with cast.alice.scope():
        return assets.request_synthesis(actor, speaker=speaker, text=HELLO, language="zh")


def states(cast: Cast) -> list[str]:
    with cast.alice.scope():
        return list(UsageEntry.objects.order_by("pk").values_list("state", flat=True))


@pytest.mark.django_db
def test_released_audio_is_charged_once_to_everyone_concerned(cast: Cast) -> None:
    voice, _ = make_voice(cast)
    request = make_request(cast.bob, voice)
    release_request(cast.bob.tenant, request)
    with cast.alice.scope() as alice:
        metering.charge(request.pk, audio_ms=9, compute_ms=9, device="cpu")  # a late duplicate
        found = {group: metering.usage(alice, group=group) for group in Group}
    for rows in found.values():
        (row,) = rows
        assert (row["requests"], row["characters"], row["audio_ms"]) == (1, len(HELLO), 1200)
    assert found[Group.KEY][0]["group"] == cast.bob.actor.id
    assert found[Group.USER][0]["group"] == cast.bob.user.pk
    assert found[Group.SPEAKER][0]["group"] == voice.pk


@pytest.mark.django_db
def test_what_ends_without_audio_costs_nothing(cast: Cast) -> None:
    voice, _ = make_voice(cast)
    request = make_request(cast.alice, voice)
    with cast.alice.scope() as alice:
        assets.abandon(alice, asset=request.asset, code="poison")
        assert metering.usage(alice, group=Group.KEY) == []
    assert states(cast) == ["returned"]


@pytest.mark.django_db
def test_a_key_cannot_ask_for_more_than_its_characters(cast: Cast) -> None:
    voice, _ = make_voice(cast)
    actor, token = key_of(cast, characters_per_month=2 * len(HELLO))
    first = ask(cast, actor, voice)
    ask(cast, actor, voice)
    client = Client(headers={"Authorization": f"Bearer {token}"})
    body = {"speaker": voice.public_id, "text": HELLO}
    refused = client.post("/v1/synthesis", body, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (429, "quota_exceeded")
    again = timezone.now() + timedelta(seconds=int(refused["Retry-After"]))
    assert (again.day, again.hour) == (1, 0), "when characters are counted anew"
    with cast.alice.scope() as alice:
        assets.abandon(alice, asset=first.asset, code="poison")
    ask(cast, actor, voice)  # what was given back may be used
    assert states(cast) == ["returned", "reserved", "reserved"]


@pytest.mark.django_db
def test_a_key_has_so_many_requests_running_and_no_more(cast: Cast) -> None:
    voice, _ = make_voice(cast)
    actor, _ = key_of(cast, concurrent_requests=1)
    request = ask(cast, actor, voice)
    with pytest.raises(QuotaExceeded, match="running at once"):
        ask(cast, actor, voice)
    release_request(cast.alice.tenant, request)
    ask(cast, actor, voice)


@pytest.mark.django_db
def test_the_companys_limit_binds_all_its_keys(cast: Cast) -> None:
    voice, _ = make_voice(cast)
    with cast.alice.scope():
        set_limits(
            OPERATOR,
            tenant=cast.alice.tenant,
            characters_per_month=len(HELLO),
            concurrent_requests=None,
        )
    make_request(cast.bob, voice)
    actor, _ = key_of(cast)
    with pytest.raises(QuotaExceeded, match="The company has 0 of 3"):
        ask(cast, actor, voice)


@pytest.mark.django_db(transaction=True)
def test_nobody_overdraws_by_asking_at_the_same_time(cast: Cast) -> None:
    voice, _ = make_voice(cast)
    actor, _ = key_of(cast, characters_per_month=3 * len(HELLO))
    outcomes: list[str] = []

    def try_it() -> None:
        try:
            ask(cast, actor, voice)
            outcomes.append("asked")
        except QuotaExceeded:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=try_it) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["asked"] * 3 + ["refused"] * 5


@pytest.mark.django_db
def test_usage_is_told_in_seconds_and_public_ids(cast: Cast) -> None:
    voice, _ = make_voice(cast)
    release_request(cast.alice.tenant, make_request(cast.alice, voice))
    client = Client(headers=cast.alice.headers)
    (row,) = client.get("/v1/usage", {"group": "speaker"}).json()["data"]
    assert (row["group"], row["audio_seconds"]) == (voice.public_id, 1.2)
    assert client.get("/v1/usage", {"since": "2999-01-01T00:00:00Z"}).json()["data"] == []
