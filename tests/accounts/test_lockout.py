"""Whoever guesses gets slower and slower, many at once no faster than one after another."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F

from voiceassets.accounts import lockout
from voiceassets.accounts.models import SignInFailures

HERE = "198.51.100.7"


def fail(times: int, *, account: str = "a@x.example", address: str = HERE) -> None:
    for _ in range(times):
        lockout.begin(account=account, address=address)


def wait(seconds: int) -> None:
    """Let time pass, by moving what is kept into the past."""
    SignInFailures.objects.update(
        failed_at=F("failed_at") - timedelta(seconds=seconds),
        locked_until=F("locked_until") - timedelta(seconds=seconds),
    )


@pytest.mark.parametrize(
    ("failures", "expected"),
    [(0, 0), (4, 0), (5, 30), (6, 60), (7, 120), (12, 3600), (10**6, 3600)],
)
def test_the_pause_doubles_with_every_failure_up_to_an_hour(failures: int, expected: int) -> None:
    assert lockout.pause_s(failures, free=5) == expected


@pytest.mark.django_db
def test_an_account_waits_after_five_failures_and_longer_after_each_further_one() -> None:
    fail(5)
    with pytest.raises(lockout.LockedOut, match="again in 30 seconds"):
        fail(1, address="203.0.113.9")
    wait(31)
    fail(1)
    with pytest.raises(lockout.LockedOut, match="again in 60 seconds"):
        fail(1)


@pytest.mark.django_db
def test_other_accounts_go_on_until_the_network_has_failed_too_often() -> None:
    for number in range(30):
        fail(1, account=f"{number}@x.example")
    with pytest.raises(lockout.LockedOut):
        fail(1, account="fresh@x.example")
    fail(1, account="fresh@x.example", address="203.0.113.9")


@pytest.mark.django_db
def test_one_network_of_ipv6_counts_as_one_client() -> None:
    for number in range(30):
        fail(1, account=f"{number}@x.example", address=f"2001:db8::{number:x}")
    with pytest.raises(lockout.LockedOut):
        fail(1, account="fresh@x.example", address="2001:db8::ffff:1")


@pytest.mark.django_db
def test_success_starts_the_account_anew_and_costs_the_network_nothing() -> None:
    fail(4)
    fail(1)
    lockout.succeeded(account="A@x.example ", address=HERE)
    fail(4)
    assert SignInFailures.objects.count() == 2


@pytest.mark.django_db
def test_failures_are_forgotten_after_a_day_and_name_nobody() -> None:
    fail(5)
    assert all(len(row.subject) == 64 for row in SignInFailures.objects.all())
    wait(86_401)
    fail(4)
    wait(86_401)
    assert lockout.forget_old() == 2


@pytest.mark.django_db(transaction=True)
def test_sixteen_guesses_at_once_are_five_guesses() -> None:
    def guess(_: int) -> bool:
        try:
            lockout.begin(account="a@x.example", address=HERE)
        except lockout.LockedOut:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(guess, range(16))) == 5
