"""A revocation that has returned is final, also for releases under way; and the race is real."""

from __future__ import annotations

import pytest

from tests.factories import Cast
from tests.races import race

pytestmark = pytest.mark.django_db(transaction=True)


def test_nothing_is_released_after_a_revocation_has_returned(cast: Cast) -> None:
    tally = race(cast, rounds=6, threads=6)
    assert (tally.late, tally.left, tally.given_late) == (0, 0, 0)
    assert tally.released > 0
    assert tally.given > 0
    assert tally.refused > 0


def test_without_the_lock_the_same_race_is_lost(cast: Cast) -> None:
    """Otherwise the test above would prove nothing."""
    assert race(cast, rounds=8, threads=6, lock=False).late > 0
