"""Slows down whoever guesses passwords and codes, per account and per network, in the database.

An attempt counts as failed before the secret is compared and is taken back when it was right, so
that many at once do not get more guesses than one after another. An account that nobody has is
counted like one that exists.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils.crypto import salted_hmac

from voiceassets.accounts.models import SignInFailures
from voiceassets.core.addresses import network_of
from voiceassets.core.clock import database_now
from voiceassets.core.errors import DomainError

# Failures that cost nothing yet: people mistype, and an office shares an address.
FREE = {"account": 5, "network": 30}
FIRST_PAUSE_S, LONGEST_PAUSE_S = 30, 3600
FORGOTTEN_AFTER = timedelta(days=1)


class LockedOut(DomainError):
    """Too many attempts have failed; the next may come in `retry_after_s`."""

    code = "locked_out"
    status = 429

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(
            f"Too many attempts failed; try again in {retry_after_s} seconds.",
            retry_after_s=retry_after_s,
        )
        self.retry_after_s = retry_after_s


def pause_s(failures: int, *, free: int) -> int:
    """How long nothing is tried after so many failures: it doubles with each beyond `free`."""
    if failures < free:
        return 0
    return int(min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(failures - free, 32)))


@transaction.atomic
def begin(*, account: str, address: str) -> None:
    """Count an attempt as failed, before the secret is looked at.

    Raises:
        LockedOut: the account or the network has to wait; this attempt is not counted.
    """
    now = database_now()
    rows = {kind: _locked(s, now) for kind, s in _subjects(account, address).items()}
    until = max((row.locked_until for row in rows.values() if row.locked_until), default=now)
    if until > now:
        raise LockedOut(math.ceil((until - now).total_seconds()))
    for kind, row in rows.items():
        recent = now - row.failed_at < FORGOTTEN_AFTER
        row.failures = row.failures + 1 if recent else 1
        pause = pause_s(row.failures, free=FREE[kind])
        row.locked_until = now + timedelta(seconds=pause) if pause else None
        row.failed_at = now
        row.save()


@transaction.atomic
def succeeded(*, account: str, address: str) -> None:
    """The secret was right: the account starts anew, the network is charged nothing for this."""
    subjects = _subjects(account, address)
    SignInFailures.objects.filter(subject=subjects["account"]).delete()
    SignInFailures.objects.filter(subject=subjects["network"], failures__gt=0).update(
        failures=F("failures") - 1, locked_until=None
    )


def forget_old() -> int:
    """Remove what counts no longer."""
    old = SignInFailures.objects.filter(failed_at__lt=database_now() - FORGOTTEN_AFTER)
    return old.delete()[0]


def _subjects(account: str, address: str) -> dict[str, str]:
    """Always in this order, so that two attempts never wait for each other crosswise."""
    named = {"account": account.strip().casefold(), "network": network_of(address)}
    return {
        kind: salted_hmac(f"lockout.{kind}", name, algorithm="sha256").hexdigest()
        for kind, name in named.items()
    }


def _locked(subject: str, now: datetime) -> SignInFailures:
    rows = SignInFailures.objects.select_for_update()
    return rows.get_or_create(subject=subject, defaults={"failed_at": now})[0]
