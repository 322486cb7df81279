"""Who sees whose jobs: everybody their own, by whichever key, and with voices only theirs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from tests.api.conftest import As
from tests.factories import Cast, make_request, make_speaker, make_voice
from voiceassets.tenants import keys

pytestmark = pytest.mark.django_db


def seen(client: Client) -> set[str]:
    found = client.get("/v1/jobs", {"kind": "synthesize"}).json()["data"]
    ids = {row["id"] for row in found}
    assert all(client.get(f"/v1/jobs/{job_id}").status_code == 200 for job_id in ids)
    return ids


def with_key(token: str) -> Client:
    return Client(headers={"Authorization": f"Bearer {token}"})


def test_a_writer_sees_their_own_jobs_and_the_owner_all(cast: Cast, client_of: As) -> None:
    voice, _ = make_voice(cast)
    hers, his = make_request(cast.alice, voice).job, make_request(cast.bob, voice).job
    assert hers is not None
    assert his is not None
    assert seen(client_of(cast.alice)) == {hers.public_id, his.public_id}
    assert seen(client_of(cast.carol)) == {hers.public_id, his.public_id}
    bob = client_of(cast.bob)
    assert seen(bob) == {his.public_id}
    assert bob.get(f"/v1/jobs/{hers.public_id}").status_code == 404
    stopped = bob.post(f"/v1/jobs/{hers.public_id}/cancel", content_type="application/json")
    assert stopped.status_code == 404
    assert seen(client_of(cast.mallory)) == set()


def test_a_rotated_key_follows_the_jobs_of_its_predecessor(cast: Cast) -> None:
    voice, _ = make_voice(cast)
    his = make_request(cast.bob, voice).job
    assert his is not None
    with cast.bob.scope() as bob:
        old = keys.ApiKey.objects.get(user_id=bob.user_id)
    with cast.alice.scope() as alice:
        _, token = keys.rotate(alice, key=old, overlap=timedelta(hours=1))
    assert seen(with_key(token)) == {his.public_id}


def test_a_key_bound_to_voices_sees_no_jobs_of_others(cast: Cast, client_of: As) -> None:
    voice, _ = make_voice(cast)
    make_request(cast.alice, voice)
    other = make_speaker(cast.alice, name="Other")
    with cast.alice.scope() as alice:
        bounds = keys.Bounds(voices=frozenset({other.pk}))
        _, token = keys.issue(alice, member=cast.alice.membership, name="one voice", bounds=bounds)
    assert seen(with_key(token)) == set()
    assert seen(client_of(cast.alice)) != set()
