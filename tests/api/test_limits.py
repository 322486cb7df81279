"""A key that asks too often is told when to come back."""

from __future__ import annotations

import pytest
from django.conf import LazySettings
from django.test import Client

from tests.api.conftest import As
from tests.factories import Cast
from voiceassets.api import limits

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(cast: Cast, client_of: As, settings: LazySettings) -> Client:
    settings.API_RATE_QUOTA, settings.API_RATE_WINDOW_S = 2, 3600
    return client_of(cast.alice)


def test_every_answer_says_what_is_left(alice: Client) -> None:
    answer = alice.get("/v1/me")
    assert answer["RateLimit-Policy"] == '"default";q=2;w=3600'
    assert answer["RateLimit"] == '"default";r=1;t=1800'


def test_an_empty_bucket_refuses_and_says_when(alice: Client) -> None:
    assert [alice.get("/v1/me").status_code for _ in range(3)] == [200, 200, 429]
    refused = alice.get("/v1/me")
    problem = refused.json()
    assert 1700 <= int(refused["Retry-After"]) <= 1800
    assert refused["RateLimit"].startswith('"default";r=0;')
    assert (problem["code"], problem["violated-policies"]) == ("rate_limited", ["default"])
    assert problem["type"] == limits.PROBLEM_TYPE


def test_one_key_does_not_empty_the_bucket_of_another(
    alice: Client, cast: Cast, client_of: As
) -> None:
    for _ in range(3):
        alice.get("/v1/me")
    assert client_of(cast.bob).get("/v1/me").status_code == 200


def test_without_redis_each_process_limits_by_itself(alice: Client, settings: LazySettings) -> None:
    limits._script.cache_clear()
    settings.REDIS_URL = "redis://127.0.0.1:1"
    try:
        assert [alice.get("/v1/me").status_code for _ in range(3)] == [200, 200, 429]
    finally:
        limits._script.cache_clear()


def test_a_bucket_fills_with_time(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 0.0, 0.0, 30.0])
    monkeypatch.setattr(limits.time, "monotonic", lambda: next(clock))
    buckets = limits.LocalBuckets()
    taken = [buckets.take("someone", 2, 60)[0] for _ in range(4)]
    assert taken == [True, True, False, True]
